// The story of the whole product: an account, its SMS, the user's phone, and the service manager's screen that follows. README.md
// tells it in words.
import { mobile } from '../batch';
import { expect, field, open, test, unique } from '../fixtures';
import { startLinphone } from '../sip';

test('from an empty form to a phone that is online', async ({ page, context, browser, api }) => {
  // Where the SIP server of these stories is.
  const profile = await api.profile({ sip_host: 'localhost', sip_port: process.env.RINGKEY_SIP_PORT, expires: '600' });
  const group = await api.group();

  // The service manager makes an account, whose password nobody ever sees …
  await open(page, `/accounts/wizard?group=${group.id}`);
  const username = await field(page, 'username').inputValue();
  await field(page, 'number').fill(mobile());
  await field(page, 'owner').fill(unique('Chiara'));
  await field(page, 'profile').selectOption(profile.id);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Account created', { exact: true }).first()).toBeVisible();
  // … and sends its user an SMS. From here on this screen is only looked at.
  await page.getByRole('button', { name: 'Send Activation SMS' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Send Activation SMS' }).click();
  const chip = page.locator('.head .chip').first();
  await expect(chip).toHaveText('Activation SMS sent');

  // The user opens the link on the phone, and presses its button.
  const messages = await context.newPage();
  await open(messages, `/messages?q=${username}`);
  const link = await messages.locator('a[href*="/a/"]').first().getAttribute('href');
  const user = await (await browser.newContext({ viewport: { width: 360, height: 740 }, storageState: undefined })).newPage();
  await user.goto(link!);
  await user.getByRole('button', { name: 'Activate this phone' }).click();
  const app = await user.getByRole('link', { name: 'Open in Linphone' }).getAttribute('href');

  // The app fetches its configuration, and registers over TLS with what it was given.
  const linphone = startLinphone(app!.replace(/^linphone-config:/, ''));
  try {
    await expect(chip).toHaveText('Connected', { timeout: 30_000 });
    await expect(page.getByText(/online until/i).first()).toBeVisible();
    await expect(page.getByText(/over TLS/).first()).toBeVisible();
    await expect(page.getByText(/Linphone/).first()).toBeVisible();
  } finally {
    await linphone.stop();
    await user.context().close();
  }
});
