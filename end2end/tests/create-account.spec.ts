import { digits, expect, field, open, SIP_PASSWORD, tabTo, test, unique } from '../fixtures';

test('from a group to a saved PGSM account', async ({ page, api }) => {
  const group = await api.group();
  const owner = unique('Chiara Montanari');
  await open(page, '/groups');
  await page.getByRole('link', { name: `Accounts of ${group.name}` }).click();
  await expect(page.getByRole('heading', { name: `No accounts in ${group.name} yet` })).toBeVisible();
  await page.getByRole('link', { name: /^New Account( n)?$/ }).first().click();
  await expect(field(page, 'username')).toHaveValue(/^\d{10}$/);
  await expect(field(page, 'number')).toHaveValue(await field(page, 'username').inputValue());
  await expect(field(page, 'call_limit')).toHaveValue('2');
  await expect(field(page, 'obfuscation_key')).toHaveValue('9');
  await expect(field(page, 'visible')).toBeChecked();
  await expect(field(page, 'group')).toHaveValue(group.id);
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(field(page, 'password')).toHaveValue(/^\S{24}$/);
  await expect(field(page, 'password')).toHaveAttribute('type', 'text');
  await expect(field(page, 'repeat_password')).toHaveValue(await field(page, 'password').inputValue());
  await field(page, 'owner').fill(owner);
  await field(page, 'keep_alive').check();
  await expect(page.getByText('About 5.2 MB a day')).toBeVisible();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Account created')).toBeVisible();
  const row = page.getByRole('row', { name: owner });
  await expect(row).toContainText('PGSM');
  await expect(row).toContainText('Created');
  await page.getByRole('link', { name: owner, exact: true }).click();
  await expect(page.getByText('ON, key 9')).toBeVisible();
});

test('SNOM has its own fields, at once, and what was typed is kept', async ({ page, api }) => {
  const group = await api.group();
  const username = digits(6);
  await open(page, `/accounts/new?group=${group.id}`);
  await field(page, 'username').fill(username);
  await field(page, 'password').fill(SIP_PASSWORD);
  await field(page, 'repeat_password').fill(SIP_PASSWORD);
  await field(page, 'obfuscation_key').fill('77');
  await expect(field(page, 'deny')).toBeHidden();
  await page.getByText('SNOM', { exact: true }).click();
  await expect(field(page, 'obfuscation_key')).toBeHidden();
  await expect(field(page, 'keep_alive')).toBeChecked();
  await field(page, 'mac').fill('00-04-13-AA-BB-CC');
  await field(page, 'deny').fill('0.0.0.0/0.0.0.0');
  await page.getByText('PGSM', { exact: true }).click();
  await expect(field(page, 'obfuscation_key')).toHaveValue('77');
  await expect(field(page, 'keep_alive')).not.toBeChecked();
  await page.getByText('SNOM', { exact: true }).click();
  await expect(field(page, 'mac')).toHaveValue('00-04-13-AA-BB-CC');
  await expect(page.getByText('IPv6 stays open.')).toBeVisible();
  await page.getByRole('button', { name: 'Deny ::/0 too' }).click();
  await expect(page.getByText('IPv6 stays open.')).toBeHidden();
  await field(page, 'permit').fill('192.168.0.38/255.255.255.0');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Account created')).toBeVisible();
  await page.getByRole('link', { name: `Edit ${username}` }).click();
  await expect(field(page, 'deny')).toHaveValue('0.0.0.0/0\n::/0');
  await expect(field(page, 'permit')).toHaveValue('192.168.0.0/24');
  await expect(field(page, 'mac')).toHaveValue('00:04:13:aa:bb:cc');
});

test('messages stand under their fields while one types, and are summed up with links', async ({ page, api }) => {
  const group = await api.group();
  await open(page, `/accounts/new?group=${group.id}`);
  await field(page, 'number').fill('+39 320');
  await expect(page.locator('#number-error')).toContainText('+39320 has 5 digits: an international number has 7 to 15.');
  await field(page, 'password').fill('12345678');
  await expect(page.locator('#password-error')).not.toBeEmpty();
  await page.getByRole('button', { name: 'Create' }).click();
  const summary = page.locator('#summary');
  await expect(summary).toContainText('The account was not created');
  await summary.getByRole('link', { name: /Virtual Phone Number/ }).click();
  await expect(field(page, 'number')).toBeFocused();
  await field(page, 'number').fill('+39 320 447 1902');
  await expect(page.locator('#number-error')).toBeEmpty();
});

test('a username or number that is taken is told while one types', async ({ page, api }) => {
  const group = await api.group();
  const other = await api.account(group.id, { number: `+39${digits(9)}` });
  await open(page, `/accounts/new?group=${group.id}`);
  await field(page, 'username').fill(other.username);
  await expect(page.locator('#username-error')).toContainText('Another account has this username');
  await field(page, 'number').fill(other.number.replace('+', '00'));
  await expect(page.locator('#number-error')).toContainText('Another account has this number');
  await page.getByRole('button', { name: 'Another free number' }).click();
  await expect(page.locator('#username-error')).toBeEmpty();
  await expect(page.locator('#username-help')).toContainText('Free');
});

test('a number that follows the username takes no old message along', async ({ page, api }) => {
  const group = await api.group();
  const other = await api.account(group.id);
  await open(page, `/accounts/new?group=${group.id}`);
  await field(page, 'username').fill(other.username);
  await expect(page.locator('#number-error')).toContainText('Another account has this number');
  await field(page, 'username').fill(digits(9));
  await expect(page.locator('#number-error')).toBeEmpty();
});

test('what the other person took meanwhile is one field error, and nothing typed is lost', async ({ page, api }) => {
  const group = await api.group();
  await open(page, `/accounts/new?group=${group.id}`);
  const username = await field(page, 'username').inputValue();
  await field(page, 'password').fill(SIP_PASSWORD);
  await field(page, 'repeat_password').fill(SIP_PASSWORD);
  await field(page, 'owner').fill('Ada');
  await api.account(group.id, { username, number: digits(8) });
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.locator('#username-error')).toContainText('Another account has this username');
  await expect(page.locator('#summary')).toBeFocused();
  await expect(field(page, 'owner')).toHaveValue('Ada');
  await expect(field(page, 'password')).toHaveValue(SIP_PASSWORD);
});

test('from the Group List to a saved SNOM phone by keyboard alone', async ({ page, api }) => {
  const group = await api.group();
  await open(page, '/groups');
  await tabTo(page, page.getByLabel('Filter groups'));
  await page.keyboard.type(group.name.slice(-8));
  await expect(page.getByText('1 of')).toBeVisible();
  await tabTo(page, page.getByRole('link', { name: `Accounts of ${group.name}` }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: `No accounts in ${group.name} yet` })).toBeVisible();
  await tabTo(page, page.getByRole('link', { name: /^New Account( n)?$/ }).first());
  await page.keyboard.press('Enter');
  await expect(field(page, 'username')).toHaveValue(/^\d{10}$/);
  for (const name of ['password', 'repeat_password']) {
    await tabTo(page, field(page, name));
    await page.keyboard.type(SIP_PASSWORD);
  }
  await tabTo(page, field(page, 'owner'));
  await page.keyboard.type('Ufficio legale');
  await tabTo(page, field(page, 'account_type').getByRole('radio', { name: 'PGSM' }));
  await page.keyboard.press('ArrowRight');
  await tabTo(page, field(page, 'deny'));
  await page.keyboard.type('0.0.0.0/0');
  await tabTo(page, field(page, 'permit'));
  await page.keyboard.type('192.168.0.0/24');
  await tabTo(page, page.getByRole('button', { name: 'Deny ::/0 too' }));
  await page.keyboard.press('Enter');
  await expect(page.getByText('IPv6 stays open.')).toBeHidden();
  await tabTo(page, field(page, 'try_address'));
  await page.keyboard.type('192.168.0.77');
  await expect(page.locator('.answer')).toContainText('by rule 3');
  await tabTo(page, page.getByRole('button', { name: 'Create' }));
  await page.keyboard.press('Enter');
  await expect(page.getByText('Account created')).toBeVisible();
  await expect(page.getByRole('row', { name: 'Ufficio legale' })).toContainText('SNOM');
});

test('a session that ended meanwhile is told, and nothing typed is lost', async ({ page, context, api }) => {
  const group = await api.group();
  await open(page, `/accounts/new?group=${group.id}`);
  await field(page, 'password').fill(SIP_PASSWORD);
  await field(page, 'repeat_password').fill(SIP_PASSWORD);
  await field(page, 'owner').fill('Ada');
  const cookies = await context.cookies();
  await context.clearCookies();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.locator('#summary')).toContainText('You are signed out');
  await expect(field(page, 'owner')).toHaveValue('Ada');
  await context.addCookies(cookies);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Account created')).toBeVisible();
});
