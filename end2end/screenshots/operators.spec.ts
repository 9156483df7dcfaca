// Takes the pictures of the Operators page, of one's own account and of the second factor: light and dark, on a desk and on a phone.
import { join } from 'node:path';
import { expect, field, open, test } from '../fixtures';
import { addOperator, PASSWORD } from '../server';
import { codeOf } from '../totp';

const target = join(__dirname, '../../docs/screenshots');

test.describe.configure({ mode: 'serial' });

test('operators and their own security', async ({ page, browser, baseURL, extraHTTPHeaders }, info) => {
  test.setTimeout(180_000);
  const take = async (name: string, of = page) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await of.emulateMedia({ colorScheme });
      await of.screenshot({ path: join(target, `${name}-${info.project.name}-${colorScheme}.png`) });
    }
  };
  const name = info.project.name === 'desk' ? 'Marta Gallo' : 'Maria-Elisabetta Montanari-Ferretti della Valle di Sopra';
  addOperator(name, 'operator');
  const person = await (await browser.newContext({ ...info.project.use, baseURL, extraHTTPHeaders, storageState: undefined })).newPage();
  const signIn = async () => {
    await person.goto('/sign-in');
    await person.getByLabel('Operator').fill(name);
    await person.getByLabel('Password').fill(PASSWORD);
    await person.getByRole('button', { name: 'Sign in' }).click();
  };
  await signIn();
  await open(person, '/me');
  await take('account', person);
  await open(person, '/me/second-factor');
  await take('second-factor', person);
  await person.getByLabel('Your password').fill(PASSWORD);
  await person.getByRole('button', { name: 'Go on' }).click();
  await expect(person.getByRole('img', { name: 'QR code of the key' })).toBeVisible();
  await take('second-factor-scan', person);
  const key = await person.locator('code.key').innerText();
  await person.getByLabel('Enter the code').fill(codeOf(key));
  await person.getByRole('button', { name: 'Confirm' }).click();
  await expect(person.getByRole('heading', { name: 'Keep your recovery codes' })).toBeVisible();
  await take('second-factor-codes', person);
  await open(person, '/me/second-factor');
  await take('second-factor-on', person);
  await person.context().clearCookies();
  await signIn();
  await expect(person.getByRole('heading', { name: 'Enter your code' })).toBeVisible();
  await person.getByText('Without your phone').click();
  await take('sign-in-code', person);
  await person.getByLabel('Recovery code').fill('0000-0000-0000-0000');
  await person.getByRole('button', { name: 'Sign in' }).click();
  await expect(person.getByRole('alert')).toBeVisible();
  await take('sign-in-code-refused', person);
  await person.getByLabel('Code', { exact: true }).fill(codeOf(key, 1));
  await person.getByRole('button', { name: 'Sign in' }).click();
  await open(person, '/me');
  await take('account-on', person);

  await open(page, '/me');
  await take('account-sessions');
  await open(page, '/operators');
  await take('operators');
  await page.getByRole('checkbox', { name: 'Admins need a second factor' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'You have no second factor' })).toBeVisible();
  await take('operators-refused');
  await open(page, '/operators/new');
  await take('operator-new');
  await page.getByRole('button', { name: 'Create' }).click();
  await take('operator-new-error');
  await field(page, 'name').fill(`${name} ${info.project.name}`);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.locator('.once')).toBeVisible();
  await take('operator-created');
  await open(page, '/operators');
  await page.getByRole('link', { name, exact: true }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  await take('operator');
  await page.getByRole('button', { name: 'Reset password' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await take('operator-asked');
  await page.getByRole('dialog').getByRole('button', { name: 'Reset password' }).click();
  await expect(page.locator('.once')).toBeVisible();
  await take('operator-reset');
  await open(page, '/settings');
  await take('settings-head');
  await person.context().close();
});
