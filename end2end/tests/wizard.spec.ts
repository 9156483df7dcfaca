import { mobile } from '../batch';
import { digits, expect, field, open, tabTo, test, unique } from '../fixtures';

test('the wizard makes an account that awaits its activation, and leads to the next step', async ({ page, api }) => {
  const group = await api.group();
  await api.account(group.id);
  await open(page, `/accounts?group=${group.id}`);
  await page.getByRole('link', { name: 'New Account (Activation Wizard)' }).click();
  await expect(page.getByRole('heading', { name: 'New Account (Activation Wizard)', level: 1 })).toBeVisible();
  await expect(field(page, 'group')).toHaveValue(group.id);
  const username = await field(page, 'username').inputValue();
  expect(username).toMatch(/^\d{10}$/);
  await expect(field(page, 'username')).not.toBeEditable();
  await expect(page.locator('input[type=password]')).toHaveCount(0);

  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('1 field needs a change')).toBeVisible();
  const owner = unique('Davide');
  await field(page, 'number').fill(mobile());
  await field(page, 'owner').fill(owner);
  await page.getByText('ZRTP', { exact: true }).click();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Account created', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('heading', { name: owner, level: 1 })).toBeVisible();
  await expect(page.getByText('until activated')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Enable account' })).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'History' })).toContainText('created the account by wizard');

  const next = page.getByRole('button', { name: 'Send Installation SMS' });
  await expect(next).toHaveClass(/main/);
  await next.click();
  await expect(page.locator('dialog[open] .sms')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByText(`Installation SMS sent to ${owner}`)).toBeVisible();
  await expect(page.locator('.head .chip')).toHaveText('Installation SMS sent');
});

test('an extension is told while one types, and is created all the same', async ({ page, api }) => {
  const group = await api.group();
  await open(page, `/accounts/wizard?group=${group.id}`);
  await field(page, 'number').fill(mobile());
  await expect(page.getByText('SMS cannot reach an extension')).toHaveCount(0);
  await field(page, 'number').fill(digits(9));
  await expect(page.getByText('SMS cannot reach an extension')).toBeVisible();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Account created', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Send Installation SMS' })).toBeDisabled();
  await expect(page.getByRole('button', { name: 'Show activation QR code' })).toHaveClass(/main/);
});

test('the profile is the group’s until another is chosen', async ({ page, api }) => {
  const [first, second] = [await api.profile(), await api.profile()];
  const group = await api.group();
  const id = crypto.randomUUID();
  await api.call('create_group', { id, draft: { name: unique('Cantieri'), company: '', email: '', profile: first.id } });
  await open(page, `/accounts/wizard?group=${id}`);
  await expect(field(page, 'profile')).toHaveValue(first.id);
  await field(page, 'group').selectOption(group.id);
  await expect(field(page, 'profile')).toHaveValue('00000000-0000-7000-8000-000000000001');
  await field(page, 'profile').selectOption(second.id);
  await field(page, 'group').selectOption(id);
  await expect(field(page, 'profile')).toHaveValue(second.id);
});

test('a number that is taken is told at its field, a username that is taken is drawn anew', async ({ page, api }) => {
  const group = await api.group();
  const taken = await api.account(group.id, { number: mobile() });
  await open(page, `/accounts/wizard?group=${group.id}`);
  const shown = await field(page, 'username').inputValue();
  await field(page, 'number').fill(taken.number);
  await expect(page.locator('#number-error')).toContainText('Another account has this number');
  await api.account(group.id, { username: shown, number: mobile() });
  await field(page, 'number').fill(mobile());
  await expect(field(page, 'username')).not.toHaveValue(shown);
  const again = await field(page, 'username').inputValue();
  // Taken after the last look: the server draws another, and the page says so.
  await expect(page.locator('#number-help')).toContainText('Free');
  await api.account(group.id, { username: again, number: mobile() });
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText(/Account created with the username \d{10}: somebody has taken the one that was shown/)).toBeVisible();
});

test('a wizard’s account is made without a mouse', async ({ page, api, isMobile }) => {
  if (isMobile) return;
  const group = await api.group();
  await open(page, `/accounts/wizard?group=${group.id}`);
  await tabTo(page, field(page, 'number'));
  await page.keyboard.type(mobile());
  await page.keyboard.press('Enter');
  await expect(page.getByText('Account created', { exact: true }).first()).toBeVisible();
});

test('an empty list leads to the wizard', async ({ page, api, isMobile }) => {
  const group = await api.group();
  await open(page, `/accounts?group=${group.id}`);
  await page.getByRole('link', { name: 'New Account (Activation Wizard)' }).last().click();
  await expect(field(page, 'group')).toHaveValue(group.id);
  const width = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(width[0], `the form fits${isMobile ? ' a phone' : ''}`).toBeLessThanOrEqual(width[1]);
});
