import { expect, open, test, unique } from '../fixtures';
import { addOperator, PASSWORD } from '../server';

test.use({ role: null });

test('the first admin chooses a password of their own before anything else', async ({ page }, info) => {
  // There is one first admin and one such password: the other project asks the other stories.
  const first = info.project.name === 'desk';
  await page.goto('/groups');
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fgroups/);
  await page.getByLabel('Operator').fill('admin');
  await page.getByLabel('Password').fill(first ? process.env.RINGKEY_ONE_TIME_PASSWORD! : 'not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  if (!first) {
    await expect(page.getByRole('alert')).toContainText('The operator name or the password is wrong');
    return;
  }
  await expect(page.getByRole('heading', { name: 'Choose your password' })).toBeVisible();
  await page.goto('/accounts');
  await expect(page).toHaveURL(/\/password/);
  const change = async (to: string) => {
    await page.getByLabel('One-time password').fill(process.env.RINGKEY_ONE_TIME_PASSWORD!);
    await page.getByLabel('New password', { exact: true }).fill(to);
    await page.getByLabel('Repeat new password').fill(to);
    await page.getByRole('button', { name: 'Save password' }).click();
  };
  await change('short');
  await expect(page.getByRole('alert')).toContainText('12');
  await change('nobody guesses four words');
  await expect(page.getByRole('heading', { name: 'Group List' })).toBeVisible();
});

test('a wrong password says so, and the name stays', async ({ page }) => {
  await page.goto('/sign-in');
  await page.getByLabel('Operator').fill('Test viewer');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('The operator name or the password is wrong');
  await expect(page.getByLabel('Operator')).toHaveValue('Test viewer');
  await expect(page.getByLabel('Password')).toHaveValue('');
});

test('signing in leads to where one wanted to go; signing out ends it', async ({ page }) => {
  await page.goto('/accounts?q=ada');
  await page.getByLabel('Operator').fill('test operator');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/accounts\?q=ada/);
  await page.getByRole('button', { name: 'Sign out' }).locator('visible=true').click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.goto('/accounts');
  await expect(page).toHaveURL(/\/sign-in/);
});

test('one changes the own password, and other sessions end', async ({ page, browser, baseURL, extraHTTPHeaders, isMobile }) => {
  const name = unique('Marta');
  addOperator(name, 'operator');
  const other = await (await browser.newContext({ baseURL, extraHTTPHeaders })).newPage();
  for (const tab of [other, page]) {
    await tab.goto('/sign-in');
    await tab.getByLabel('Operator').fill(name);
    await tab.getByLabel('Password').fill(PASSWORD);
    await tab.getByRole('button', { name: 'Sign in' }).click();
    await expect(tab.getByRole('heading', { name: 'Group List' })).toBeVisible();
  }
  await open(page, '/groups');
  await page.getByRole('link', { name: isMobile ? 'Account' : 'Your account', exact: true }).locator('visible=true').click();
  await page.getByRole('link', { name: 'Change password' }).click();
  const change = async (current: string, to: string, again = to) => {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password', { exact: true }).fill(to);
    await page.getByLabel('Repeat new password').fill(again);
    await page.getByRole('button', { name: 'Save password' }).click();
  };
  await change('not my password', 'nobody guesses these words');
  await expect(page.getByRole('alert')).not.toBeEmpty();
  await change(PASSWORD, 'nobody guesses these words', 'nobody guesses those words');
  await expect(page.getByRole('alert')).not.toBeEmpty();
  await change(PASSWORD, 'nobody guesses these words');
  await expect(page.getByText('Password changed')).toBeVisible();
  await other.goto('/groups');
  await expect(other).toHaveURL(/\/sign-in/);
  await other.context().close();
});
