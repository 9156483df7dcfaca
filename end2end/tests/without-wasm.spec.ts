import { digits, expect, field, open, SIP_PASSWORD, test, unique } from '../fixtures';

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a PGSM account is created; a mistake keeps what was typed, but no password', async ({ page, api }) => {
    const group = await api.group();
    const owner = unique('Chiara');
    await page.goto(`/accounts/new?group=${group.id}`);
    await field(page, 'password').fill(SIP_PASSWORD);
    await field(page, 'repeat_password').fill(SIP_PASSWORD);
    await field(page, 'number').fill('+39 320');
    await field(page, 'owner').fill(owner);
    await page.getByRole('button', { name: 'Create' }).click();
    await expect(page.locator('#number-error')).toContainText('+39320 has 5 digits');
    await expect(field(page, 'owner')).toHaveValue(owner);
    await expect(field(page, 'password')).toHaveValue('');
    await field(page, 'number').fill(`+39${digits(9)}`);
    await field(page, 'password').fill(SIP_PASSWORD);
    await field(page, 'repeat_password').fill(SIP_PASSWORD);
    await page.getByRole('button', { name: 'Create' }).click();
    await expect(page.getByText('Account created')).toBeVisible();
    await expect(page.getByRole('row', { name: owner })).toContainText('SDES');
  });

  test('a SNOM account has a form of its own', async ({ page, api }) => {
    const group = await api.group();
    const username = digits(6);
    await page.goto(`/accounts/new?group=${group.id}`);
    await page.getByRole('link', { name: 'Open the form for a SNOM account' }).click();
    await field(page, 'username').fill(username);
    await field(page, 'number').fill(username);
    await field(page, 'password').fill(SIP_PASSWORD);
    await field(page, 'repeat_password').fill(SIP_PASSWORD);
    await field(page, 'deny').fill('0.0.0.0/0');
    await page.getByRole('button', { name: 'Create' }).click();
    await expect(page.getByRole('row', { name: username })).toContainText('SNOM');
  });
});

test('what was typed before the WASM came is kept', async ({ page, api }) => {
  const group = await api.group();
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`/accounts/new?group=${group.id}`, { waitUntil: 'commit' });
  await field(page, 'owner').fill('Typed early');
  await field(page, 'username').fill('470');
  await page.getByText('SNOM', { exact: true }).click();
  release();
  await expect(page.locator('html[data-live]')).toBeAttached();
  await expect(field(page, 'deny')).toBeVisible();
  await expect(field(page, 'owner')).toHaveValue('Typed early');
  await expect(field(page, 'username')).toHaveValue('470');
  await expect(page.locator('#username-error')).toBeEmpty();
});

test('a server that does not answer leaves a sentence and everything that was typed', async ({ page, api }) => {
  const group = await api.group();
  await open(page, `/accounts/new?group=${group.id}`);
  await field(page, 'password').fill(SIP_PASSWORD);
  await field(page, 'repeat_password').fill(SIP_PASSWORD);
  await field(page, 'owner').fill('Ada');
  await page.route('**/api/create_account', (route) => route.abort());
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.locator('#summary')).toContainText('The server did not answer');
  await expect(field(page, 'owner')).toHaveValue('Ada');
  await page.unroute('**/api/create_account');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Account created')).toBeVisible();
});
