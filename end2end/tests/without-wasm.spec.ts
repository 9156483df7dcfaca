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
    await field(page, 'mac').fill('000413AABBCC');
    await field(page, 'deny').fill('0.0.0.0/0');
    await field(page, 'permit').fill('10.0.0.0/33');
    await page.getByRole('button', { name: 'Create' }).click();
    await expect(page.locator('#permit-error')).toContainText('10.0.0.0/33');
    await expect(page.locator('#summary').getByRole('link', { name: /Permit/ })).toHaveAttribute('href', '#permit');
    await expect(field(page, 'mac')).toHaveValue('000413AABBCC');
    await expect(field(page, 'deny')).toHaveValue('0.0.0.0/0');
    await expect(field(page, 'password')).toHaveValue('');
    await field(page, 'permit').fill('10.0.0.0/8');
    await field(page, 'password').fill(SIP_PASSWORD);
    await field(page, 'repeat_password').fill(SIP_PASSWORD);
    await page.getByRole('button', { name: 'Create' }).click();
    await expect(page.getByRole('row', { name: username })).toContainText('SNOM');
  });

  test('a group is made and an account is found and edited', async ({ page, api }) => {
    const name = unique('Ufficio');
    await page.goto('/groups/new');
    await page.getByRole('button', { name: 'Create' }).click();
    await expect(page.locator('#name-error')).not.toBeEmpty();
    await field(page, 'name').fill(name);
    await page.getByRole('button', { name: 'Create' }).click();
    await expect(page.getByText('Group created')).toBeVisible();

    const account = await api.account((await api.group()).id);
    await page.goto('/accounts');
    await page.getByLabel('Filter accounts').fill(account.username);
    await page.getByLabel('Filter accounts').press('Enter');
    await page.getByRole('link', { name: `Edit ${account.username}` }).click();
    await field(page, 'call_limit').fill('101');
    await page.getByRole('button', { name: 'Update' }).click();
    await expect(page.locator('#call_limit-error')).not.toBeEmpty();
    await expect(field(page, 'call_limit')).toHaveValue('101');
    await field(page, 'call_limit').fill('7');
    await page.getByRole('button', { name: 'Update' }).click();
    await expect(page.getByText('Account updated')).toBeVisible();
    expect((await api.call('show_account', { id: account.id })).account.call_limit).toBe(7);
  });

  test('of two people who edit at once the second sees both values', async ({ page, api }) => {
    const { id, ...account } = await api.account((await api.group()).id, { owner: 'Ada' });
    await page.goto(`/accounts/${id}/edit`);
    await api.call('update_account', { id, version: 1, draft: { ...account, owner: 'Ada Lovelace', password: '', repeat_password: '' } });
    await field(page, 'owner').fill('Grace');
    await page.getByRole('button', { name: 'Update' }).click();
    await expect(page.getByText('Theirs is “Ada Lovelace”')).toBeVisible();
    await expect(field(page, 'owner')).toHaveValue('Grace');
  });

  test('the list is filtered by a form and paged by links', async ({ page, api }) => {
    const groups: { id: string; accounts: number }[] = await api.call('list_groups', {});
    const long = groups.find((group) => group.accounts >= 1200)!;
    await page.goto(`/accounts?group=${long.id}&sort=username&size=25`);
    const names = () => page.locator('tbody .usr').allTextContents();
    const first = await names();
    await page.getByRole('link', { name: 'Next' }).click();
    const second = await names();
    expect([...first, ...second]).toEqual([...first, ...second].toSorted());
    expect(new Set([...first, ...second]).size).toBe(50);
    await page.getByRole('link', { name: 'Previous' }).click();
    expect(await names()).toEqual(first);

    const own = await api.group();
    await api.account(own.id, { owner: 'Anna Verdi' });
    await api.snom(own.id, { owner: 'Anna Bruni' });
    await page.goto(`/accounts?group=${own.id}&sort=owner`);
    await page.getByLabel('Filter accounts').fill('anna br');
    await page.getByRole('combobox', { name: 'Type' }).selectOption('SNOM');
    await page.locator('summary').filter({ hasText: 'Status' }).click();
    await page.getByLabel('Created').check();
    await page.getByLabel('Connected').check();
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await expect(page.getByRole('row', { name: 'Anna Bruni' })).toBeVisible();
    await expect(page.getByRole('row', { name: 'Anna Verdi' })).toHaveCount(0);
    await expect(page.locator('.under')).toContainText('1 of 1 that match, out of 2 accounts');
    await page.getByRole('link', { name: 'Remove the condition: or Connected' }).click();
    await expect(page.getByRole('row', { name: 'Anna Bruni' })).toBeVisible();
  });

  test('Show Account can be refreshed, and says what needs JavaScript', async ({ page, api }) => {
    const account = await api.account((await api.group()).id);
    await page.goto(`/accounts/${account.id}`);
    // Playwright looks for no text in a <noscript>.
    await expect(page.locator('noscript .help').first()).toBeVisible();
    await api.call('enable_account', { id: account.id, enabled: false });
    await page.getByRole('link', { name: 'Refresh' }).click();
    await expect(page.getByRole('button', { name: 'Enable account' })).toBeVisible();
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
