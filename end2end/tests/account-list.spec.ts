import { expect, open, test } from '../fixtures';

test('the filter narrows while one types, is in the address, and says in words what it does', async ({ page, api }) => {
  const group = await api.group();
  await api.account(group.id, { owner: 'Zoe Rossi', number: '+39320' + String(Date.now()).slice(-8) });
  await api.snom(group.id, { owner: 'Ada Bianchi' });
  await open(page, `/accounts?group=${group.id}`);
  await expect(page.getByText('1–2 of 2 accounts')).toBeVisible();
  await expect(page.getByText('Pure and Unfiltered!')).toBeVisible();
  const filter = page.getByLabel('Filter accounts');
  await filter.pressSequentially('zoe');
  await expect(page.getByRole('row', { name: 'Ada Bianchi' })).toHaveCount(0);
  await expect(page.getByText('contains “zoe”')).toBeVisible();
  await expect(page.locator('mark').first()).toHaveText('Zoe');
  await expect(filter).toBeFocused();
  await page.reload();
  await expect(filter).toHaveValue('zoe');
  await expect(page.getByText('contains “zoe”')).toBeVisible();
  await page.getByRole('link', { name: 'Clear filter' }).click();
  await expect(page.getByText('Pure and Unfiltered!')).toBeVisible();
});

test('no match says so', async ({ page, api }) => {
  const group = await api.group();
  await api.account(group.id);
  await open(page, `/accounts?group=${group.id}&q=nobody`);
  await expect(page.getByRole('heading', { name: 'No account matches' })).toBeVisible();
});

test('columns sort and pages turn', async ({ page, api, isMobile }) => {
  const group = await api.group();
  for (let index = 0; index < 51; index += 1) await api.account(group.id, { owner: `Owner ${String(index).padStart(2, '0')}` });
  await open(page, `/accounts?group=${group.id}&sort=owner`);
  const first = page.getByRole('row').filter({ hasText: 'Owner' }).filter({ hasText: 'PGSM' }).first();
  await expect(first).toContainText('Owner 00');
  if (!isMobile) {
    await page.getByRole('columnheader', { name: 'Owner' }).getByRole('link').click();
    await expect(first).toContainText('Owner 50');
    await expect(page.getByRole('columnheader', { name: 'Owner' })).toHaveAttribute('aria-sort', 'descending');
    await page.getByRole('columnheader', { name: 'Owner' }).getByRole('link').click();
    await expect(first).toContainText('Owner 00');
  }
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page.getByText('51–51 of 51 accounts')).toBeVisible();
  await expect(first).toContainText('Owner 50');
  await page.goBack();
  await expect(page.getByText('1–50 of 51 accounts')).toBeVisible();
});

test('a list that cannot be had says so, and comes when asked again', async ({ page, api }) => {
  const group = await api.group();
  const account = await api.account(group.id);
  await open(page, '/groups');
  await page.route('**/api/list_accounts*', (route) => route.abort());
  await page.getByRole('link', { name: `Accounts of ${group.name}` }).click();
  await expect(page.getByRole('alert')).toContainText('The server did not answer. Check your connection and try again.');
  await page.unroute('**/api/list_accounts*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('row', { name: account.owner })).toBeVisible();
});

test('all accounts are in one list, each found by its username', async ({ page, api }) => {
  const [here, there] = [await api.group(), await api.group()];
  const accounts = [await api.account(here.id), await api.snom(there.id)];
  await open(page, '/groups');
  await page.getByRole('link', { name: 'All accounts' }).locator('visible=true').click();
  for (const { username, owner } of accounts) {
    await page.getByLabel('Filter accounts').fill(username);
    await expect(page.getByText(`contains “${username}”`)).toBeVisible();
    await expect(page.getByRole('row', { name: owner })).toBeVisible();
  }
});
