import { expect, field, open, tabTo, test, unique } from '../fixtures';
import { stateOf } from '../server';

test('a profile is created, edited and deleted', async ({ page }) => {
  const name = unique('Cantieri');
  await open(page, '/profiles');
  await page.getByRole('link', { name: 'New Profile' }).click();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('1 field needs a change')).toBeVisible();
  await field(page, 'name').fill(name);
  await field(page, 'sip_host').fill('sip.example.com:5061');
  await expect(page.locator('#sip_host-error')).toContainText('The port has a field of its own');
  await field(page, 'sip_host').fill('sip.example.com');
  await expect(field(page, 'sip_port')).toHaveAttribute('placeholder', '5061');
  await page.getByText('UDP', { exact: true }).click();
  await expect(field(page, 'sip_port')).toHaveAttribute('placeholder', '5060');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Provisioning profile created')).toBeVisible();
  await expect(page.getByRole('row', { name })).toContainText('sip.example.com:5060');

  await page.getByRole('row', { name }).getByRole('link', { name }).click();
  await expect(field(page, 'sip_port')).toHaveValue('');
  await field(page, 'sip_port').fill('5071');
  await field(page, 'media_encryption').selectOption('preferred');
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('Provisioning profile updated')).toBeVisible();
  await expect(page.getByRole('row', { name })).toContainText('sip.example.com:5071');

  await page.getByRole('row', { name }).getByRole('link', { name }).click();
  await expect(field(page, 'media_encryption')).toHaveValue('preferred');
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog')).toContainText(`Delete the provisioning profile ${name}?`);
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('Provisioning profile deleted')).toBeVisible();
  await expect(page.getByRole('row', { name })).toHaveCount(0);
});

test('the example of an SMS follows what is typed, with its parts, its coding and what makes it UCS-2', async ({ page }) => {
  await open(page, '/profiles/new');
  const example = page.locator('#activation_text-example');
  await expect(example).toContainText('within 72 hours');
  await expect(example).toContainText('1 SMS, GSM-7,');
  await field(page, 'link_hours').fill('24');
  await expect(example).toContainText('within 24 hours');
  await field(page, 'activation_text').fill('Già attivo, {owner}: {link}');
  await expect(example).toContainText('Già attivo, Luca Ferri: https://');
  await expect(example).toContainText('1 SMS, GSM-7,');
  await field(page, 'activation_text').fill('Živjo {owner}: {link}');
  await expect(example).toContainText('2 SMSes, UCS-2,');
  await expect(example).toContainText('“Ž” (U+017D) is not in GSM-7');
  await field(page, 'activation_text').fill('Ciao {lnik}');
  await expect(page.locator('#activation_text-error')).toContainText('is not a placeholder');
  await expect(example).toContainText('once the text has no mistake');
  await expect(page.locator('#installation_text-example')).toContainText('1 SMS, GSM-7,');
});

test('a name that another profile has is refused at its field', async ({ page, api }) => {
  const { name } = await api.profile();
  await open(page, '/profiles/new');
  await field(page, 'name').fill(name.toUpperCase());
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.locator('#name-error')).toContainText('Another profile has this name');
});

test('a profile in use is not deleted, and the default offers no way to', async ({ page, api }) => {
  const profile = await api.profile();
  const group = await api.group();
  await api.account(group.id, { profile: profile.id });
  await open(page, `/profiles/${profile.id}/edit`);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog')).toContainText('1 account uses this profile. Choose another one there first.');
  await open(page, '/profiles/00000000-0000-7000-8000-000000000001/edit');
  await expect(page.getByText('It cannot be deleted while it is the default.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Delete' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Make default' })).toHaveCount(0);
});

test('another profile is made the default', async ({ page, api }) => {
  const profile = await api.profile();
  // The other stories live with the default that ships: the server is not asked.
  await page.route('**/api/make_default_profile', (route) => route.fulfill({ contentType: 'application/json', body: 'null' }));
  await open(page, `/profiles/${profile.id}/edit`);
  const asked = page.waitForRequest('**/api/make_default_profile');
  await page.getByRole('button', { name: 'Make default' }).click();
  expect((await asked).postDataJSON()).toEqual({ id: profile.id });
  await expect(page.getByText('The service’s default is now')).toBeVisible();
});

test('an account says where its profile comes from and leads to it', async ({ page, api, browser }) => {
  const profile = await api.profile();
  const group = await api.group();
  const account = await api.account(group.id);
  await open(page, `/accounts/${account.id}`);
  await expect(page.getByText('the service’s default')).toBeVisible();
  await open(page, `/accounts/${account.id}/edit`);
  await expect(page.locator('#profile-help')).toHaveText('In force: Default, the service’s default.');
  await field(page, 'profile').selectOption(profile.id);
  await expect(page.locator('#profile-help')).toHaveText(`In force: ${profile.name}, the account’s own.`);
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('Account updated')).toBeVisible();
  await open(page, `/accounts/${account.id}`);
  await expect(page.getByText('the account’s own')).toBeVisible();
  await page.getByRole('link', { name: profile.name }).click();
  await expect(field(page, 'name')).toHaveValue(profile.name);

  const context = await browser.newContext({ baseURL: process.env.RINGKEY_BASE, storageState: stateOf('viewer') });
  const viewer = await context.newPage();
  await open(viewer, `/accounts/${account.id}`);
  await expect(viewer.getByText(profile.name, { exact: true })).toBeVisible();
  await expect(viewer.getByRole('link', { name: profile.name })).toHaveCount(0);
  await open(viewer, '/profiles');
  await expect(viewer.getByText(profile.name)).toBeVisible();
  await expect(viewer.getByRole('link', { name: 'New Profile' })).toHaveCount(0);
  await context.close();
});

test('the profiles are reached from the side bar, and on a phone from the Group List', async ({ page, isMobile }) => {
  await open(page, '/groups');
  const link = isMobile ? page.getByRole('link', { name: 'Provisioning profiles' }) : page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Profiles' });
  await link.click();
  await expect(page.getByRole('heading', { name: 'Provisioning Profiles', level: 1 })).toBeVisible();
  await expect(page.getByRole('row', { name: 'Default' }).getByText('default', { exact: true })).toBeVisible();
});

test('a profile is made without a mouse', async ({ page, isMobile }) => {
  if (isMobile) return;
  const name = unique('Tastiera');
  await open(page, '/profiles/new');
  await tabTo(page, field(page, 'name'));
  await page.keyboard.type(name);
  await tabTo(page, page.getByRole('button', { name: 'Create' }));
  await page.keyboard.press('Enter');
  await expect(page.getByText('Provisioning profile created')).toBeVisible();
});

test('a text is text, whatever it holds and however long it is', async ({ page, api }) => {
  const name = unique(`"><script>window.broken = 1</script> \u202Ecba ${'w'.repeat(30)}`);
  const profile = await api.profile({ name, installation_text: `<script>window.broken = 1</script> ${'w'.repeat(200)} {link}` });
  for (const path of ['/profiles', `/profiles/${profile.id}/edit`]) {
    await open(page, path);
    expect(await page.evaluate(() => 'broken' in window)).toBe(false);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${path} is too wide`).toBe(true);
  }
  await expect(page.locator('#installation_text-example')).toContainText('<script>window.broken = 1</script>');
});
