import { expect, field, open, test, unique } from '../fixtures';
import { stateOf } from '../server';

test('a group is created, edited and found', async ({ page }) => {
  const name = unique('Ufficio Milano');
  await open(page, '/groups');
  await page.getByRole('link', { name: 'New Group' }).first().click();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('1 field needs a change')).toBeVisible();
  await field(page, 'name').fill(name);
  await field(page, 'company').fill('Studio Ligure S.r.l.');
  await field(page, 'email').fill('it@example.com');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Group created')).toBeVisible();
  await page.getByLabel('Filter groups').fill(name.slice(-8));
  await expect(page.getByText('1 of')).toBeVisible();
  await page.getByRole('link', { name, exact: true }).locator('visible=true').last().click();
  await expect(field(page, 'company')).toHaveValue('Studio Ligure S.r.l.');
  await field(page, 'company').fill('Studio Veneto');
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('Group updated')).toBeVisible();
  await expect(page.getByRole('row', { name }).getByText('Studio Veneto')).toBeVisible();
});

test('a name that another group has is refused at its field', async ({ page, api }) => {
  const { name } = await api.group();
  await open(page, '/groups/new');
  await field(page, 'name').fill(name.toUpperCase());
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.locator('#name-error')).toContainText('Another group has this name');
});

test('the profile in force is shown, and that it is inherited', async ({ page, api }) => {
  const { name } = await api.group();
  await open(page, '/groups');
  await expect(page.getByRole('row', { name })).toContainText('Default the service’s default');
});

test('a group with accounts is not deleted, an empty one is', async ({ page, api }) => {
  const { id } = await api.group();
  const account = await api.account(id);
  await open(page, `/groups/${id}/edit`);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog')).toContainText('1 account is in this group. Move or delete it first.');
  await api.call('delete_account', { id: account.id });
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('Group deleted')).toBeVisible();
});

test('a viewer sees groups and accounts, and no way to change them', async ({ browser, api }) => {
  const group = await api.group();
  const account = await api.account(group.id);
  const context = await browser.newContext({ baseURL: process.env.RINGKEY_BASE, storageState: stateOf('viewer') });
  const page = await context.newPage();
  await open(page, '/groups');
  await expect(page.getByRole('link', { name: 'New Group' })).toHaveCount(0);
  await expect(page.getByText(group.name)).toBeVisible();
  await expect(page.getByRole('link', { name: group.name, exact: true })).toHaveCount(0);
  await open(page, `/accounts?group=${group.id}`);
  await expect(page.getByRole('link', { name: `Show ${account.username}` })).toBeVisible();
  await expect(page.getByRole('link', { name: 'New Account' })).toHaveCount(0);
  await open(page, `/accounts/${account.id}`);
  await expect(page.getByRole('heading', { name: account.owner })).toBeVisible();
  for (const name of ['Edit', 'Delete', 'Disable account']) await expect(page.getByRole('button', { name }).or(page.getByRole('link', { name, exact: true }))).toHaveCount(0);
  await page.goto(`/accounts/${account.id}/edit`);
  await expect(page.getByText('Your role does not allow this')).toBeVisible();
  await context.close();
});

test('a name is text, whatever it holds and however long it is', async ({ page, api }) => {
  const name = unique(`"><script>window.broken = 1</script> O'Neil \u202Ecba ${'w'.repeat(30)}`);
  const group = await api.group(name);
  for (const path of ['/groups', `/groups/${group.id}/edit`, `/accounts?group=${group.id}`, `/accounts/new?group=${group.id}`]) {
    await open(page, path);
    expect(await page.evaluate(() => 'broken' in window)).toBe(false);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${path} is too wide`).toBe(true);
  }
  await expect(field(page, 'group').locator('option:checked')).toHaveText(name);
  await open(page, `/groups/${group.id}/edit`);
  await expect(field(page, 'name')).toHaveValue(name);
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog')).toContainText(name);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'the dialog is too wide').toBe(true);
});
