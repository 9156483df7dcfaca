import { stateOf } from '../server';
import { digits, expect, field, open, test, unique } from '../fixtures';

test('edit, from the list and back, and the history tells it', async ({ page, api }) => {
  const group = await api.group();
  const account = await api.account(group.id);
  await open(page, `/accounts?group=${group.id}`);
  await page.getByRole('link', { name: `Edit ${account.username}` }).click();
  await field(page, 'call_limit').fill('5');
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('Account updated')).toBeVisible();
  await page.getByRole('link', { name: account.owner, exact: true }).click();
  await expect(page.getByText('changed Call Limit from 2 to 5')).toBeVisible();
});

test('of two people who edit at once the second is told and loses nothing', async ({ page, browser, api }) => {
  const group = await api.group();
  const account = await api.account(group.id, { owner: 'Ada', email: 'ada@example.com' });
  await open(page, `/accounts/${account.id}/edit`);
  const context = await browser.newContext({ baseURL: process.env.RINGKEY_BASE, storageState: stateOf('operator') });
  const other = await context.newPage();
  await open(other, `/accounts/${account.id}/edit`);
  await field(other, 'owner').fill('Ada Lovelace');
  await field(other, 'call_limit').fill('7');
  await other.getByRole('button', { name: 'Update' }).click();
  await expect(other.getByText('Account updated')).toBeVisible();
  await context.close();

  await field(page, 'owner').fill('Grace');
  await field(page, 'email').fill('grace@example.com');
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('Somebody else saved this account')).toBeInViewport();
  await expect(page.locator('#conflict')).toBeFocused();
  await expect(page.getByText('Theirs is “Ada Lovelace”')).toBeVisible();
  await expect(field(page, 'owner')).toHaveValue('Grace');
  await expect(field(page, 'call_limit')).toHaveValue('7');
  await page.getByRole('button', { name: 'Use their Owner' }).click();
  await expect(field(page, 'owner')).toHaveValue('Ada Lovelace');
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('Account updated')).toBeVisible();
  const saved = (await api.call('show_account', { id: account.id })).account;
  expect([saved.owner, saved.email, saved.call_limit]).toEqual(['Ada Lovelace', 'grace@example.com', 7]);
});

test('a username and a password that somebody else has set are told, and need no new password of ours', async ({ page, api }) => {
  const group = await api.group();
  const { id, ...account } = await api.account(group.id, { owner: 'Ada' });
  const username = digits(9);
  await open(page, `/accounts/${id}/edit`);
  await api.call('update_account', { id, version: 1, draft: { ...account, username } });
  await field(page, 'owner').fill('Grace');
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('Username: now has their value')).toBeVisible();
  await expect(page.getByText('Password: they set a new one')).toBeVisible();
  await expect(field(page, 'username')).toHaveValue(username);
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('Account updated')).toBeVisible();
  const saved = (await api.call('show_account', { id })).account;
  expect([saved.owner, saved.username]).toEqual(['Grace', username]);
});

test('disable and enable', async ({ page, api }) => {
  const group = await api.group();
  const account = await api.account(group.id);
  await open(page, `/accounts/${account.id}`);
  await page.getByRole('button', { name: 'Disable account' }).click();
  await expect(page.getByText('Account disabled')).toBeVisible();
  await page.getByRole('button', { name: 'Enable account' }).click();
  await expect(page.getByText('Account enabled')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Disable account' })).toBeVisible();
});

test('deleting asks first: Escape cancels, Enter confirms', async ({ page, api }) => {
  const group = await api.group();
  const account = await api.account(group.id, { owner: unique('Davide') });
  await open(page, `/accounts/${account.id}/edit`);
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(`Delete ${account.owner}?`);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(dialog.getByRole('button', { name: 'Delete' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Account deleted')).toBeVisible();
  await expect(page.getByRole('heading', { name: `No accounts in ${group.name} yet` })).toBeVisible();
});

test('an account that is gone says so', async ({ page, api }) => {
  const group = await api.group();
  const account = await api.account(group.id);
  await open(page, `/accounts/${account.id}/edit`);
  await api.call('delete_account', { id: account.id });
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('This account is not there any more')).toBeInViewport();
  await page.goto(`/accounts/${account.id}`);
  await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible();
  await expect(page.getByText('Somebody has deleted it')).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'Account List' }).click();
  await expect(page).toHaveURL(/\/accounts$/);
});

test('text is only ever text', async ({ page, api }) => {
  const group = await api.group();
  const owner = `<script>window.broken = 1</script> "O'Neil" \u202Ecba ${'w'.repeat(30)}`;
  const account = await api.account(group.id, { owner, description: '<img src=x onerror="window.broken = 1">' });
  for (const path of [`/accounts?group=${group.id}`, `/accounts/${account.id}`, `/accounts/${account.id}/edit`]) {
    await open(page, path);
    expect(await page.evaluate(() => 'broken' in window)).toBe(false);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${path} is too wide`).toBe(true);
  }
  await expect(field(page, 'owner')).toHaveValue(owner);
});
