import type { Page } from '@playwright/test';
import { expect, field, open, test, unique } from '../fixtures';
import { addOperator, PASSWORD } from '../server';
import { codeOf } from '../totp';

// Contexts that a story opens have the cookies of its page unless they are given others: signing in would end the session of all stories.
const NOBODY = { cookies: [], origins: [] };

const signIn = async (page: Page, name: string, password: string) => {
  await page.goto('/sign-in');
  await page.getByLabel('Operator').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
};

const row = (page: Page, name: string) => page.getByRole('table', { name: 'Operators' }).getByRole('row', { name });

test('an operator is made, signs in with the one-time password, and sets a second factor up', async ({ page, browser, baseURL, extraHTTPHeaders, isMobile }) => {
  test.slow();
  const name = unique('Marta');
  await open(page, isMobile ? '/settings' : '/groups');
  await page.getByRole('link', { name: 'Operators' }).locator('visible=true').click();
  await expect(page.getByRole('heading', { name: 'Operators', level: 1 })).toBeVisible();
  await page.getByRole('link', { name: 'New operator' }).click();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.locator('#summary')).toContainText('Enter a name of 1 to 64 characters.');
  await field(page, 'name').fill(name);
  await page.getByText('viewer', { exact: true }).click();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText(`${name} can sign in now, as viewer.`)).toBeVisible();
  const oneTime = (await page.locator('.once .mono').innerText()).trim();
  expect(oneTime).toMatch(/^\w{20,}$/);
  await page.getByRole('link', { name: 'Done' }).click();
  await expect(row(page, name)).toContainText('must change password');
  await page.reload();
  await expect(row(page, name)).toContainText('never');
  await expect(page.getByText(oneTime)).toHaveCount(0);

  const person = await (await browser.newContext({ baseURL, extraHTTPHeaders, storageState: NOBODY })).newPage();
  await signIn(person, name, oneTime);
  await expect(person.getByRole('heading', { name: 'Choose your password' })).toBeVisible();
  await person.getByLabel('One-time password').fill(oneTime);
  await person.getByLabel('New password', { exact: true }).fill(PASSWORD);
  await person.getByLabel('Repeat new password').fill(PASSWORD);
  await person.getByRole('button', { name: 'Save password' }).click();
  await expect(person.getByRole('heading', { name: 'Group List' })).toBeVisible();

  await open(person, '/groups');
  await person.getByRole('link', { name: isMobile ? 'Account' : 'Your account', exact: true }).locator('visible=true').click();
  await expect(person.getByRole('heading', { name: 'Your account' })).toBeVisible();
  await expect(person.getByRole('row', { name: 'this one' })).toContainText('Chrome');
  await person.getByRole('link', { name: 'Set up' }).click();
  await person.getByLabel('Your password').fill(PASSWORD);
  await person.getByRole('button', { name: 'Go on' }).click();
  await expect(person.getByRole('img', { name: 'QR code of the key' })).toBeVisible();
  const key = await person.locator('code.key').innerText();
  await person.getByLabel('Enter the code').fill(codeOf(key, -5));
  await person.getByRole('button', { name: 'Confirm' }).click();
  await expect(person.getByRole('alert')).toContainText('see that the phone’s clock is right');
  await person.getByLabel('Enter the code').fill(codeOf(key));
  await person.getByRole('button', { name: 'Confirm' }).click();
  await expect(person.getByRole('heading', { name: 'Keep your recovery codes' })).toBeVisible();
  const codes = await person.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts();
  expect(codes).toHaveLength(10);
  await person.getByRole('link', { name: 'I have kept them' }).click();
  await expect(person.getByText('10 of 10 recovery codes are left')).toBeVisible();
  await person.getByRole('button', { name: 'Sign out' }).locator('visible=true').click();

  await signIn(person, name, PASSWORD);
  await expect(person.getByRole('heading', { name: 'Enter your code' })).toBeVisible();
  await person.goto('/groups');
  await expect(person).toHaveURL(/\/sign-in\?next/);
  await person.goto('/sign-in/code');
  await person.getByLabel('Code', { exact: true }).fill('12');
  await person.keyboard.press('Enter');
  await expect(person.getByRole('alert')).toContainText('Enter the 6 digits');
  await person.getByLabel('Code', { exact: true }).fill(codeOf(key, 1));
  await person.keyboard.press('Enter');
  await expect(person.getByRole('heading', { name: 'Group List' })).toBeVisible();
  await person.getByRole('button', { name: 'Sign out' }).locator('visible=true').click();
  await signIn(person, name, PASSWORD);
  await person.getByText('Without your phone').click();
  await person.getByLabel('Recovery code').fill(codes[0]);
  await person.getByRole('button', { name: 'Sign in' }).click();
  await expect(person.getByRole('heading', { name: 'Group List' })).toBeVisible();

  // The admin helps somebody who has lost phone and codes.
  await open(page, '/operators');
  await expect(row(page, name)).toContainText('yes');
  await row(page, name).getByRole('link', { name }).click();
  await page.getByRole('button', { name: 'Remove second factor' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove second factor' }).click();
  await expect(page.getByText('Second factor removed')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Remove second factor' })).toHaveCount(0);
  await person.goto('/groups');
  await expect(person).toHaveURL(/\/sign-in/);
  await signIn(person, name, PASSWORD);
  await expect(person.getByRole('heading', { name: 'Group List' })).toBeVisible();
  await person.context().close();
});

test('an admin changes the role and the groups, resets the password, disables and enables', async ({ page, api }) => {
  const name = unique('Bruno');
  addOperator(name, 'viewer');
  await open(page, '/operators');
  await row(page, name).getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  await page.getByText('operator', { exact: true }).click();
  await expect(page.getByText('imports files and sends SMSes')).toBeVisible();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Operator updated')).toBeVisible();

  const group = await api.group();
  await open(page, page.url());
  await page.getByText('Only these').click();
  await page.getByRole('button', { name: 'Save groups' }).click();
  await expect(page.locator('#groups-error')).not.toBeEmpty();
  await page.getByRole('checkbox', { name: group.name }).check();
  await page.getByRole('button', { name: 'Save groups' }).click();
  await expect(page.getByText('Operator updated')).toBeVisible();
  await open(page, page.url());
  await expect(page.getByRole('checkbox', { name: group.name })).toBeChecked();
  await page.getByText('All groups, also those').click();
  await page.getByRole('button', { name: 'Save groups' }).click();
  await expect(page.getByText('Operator updated')).toBeVisible();

  await page.getByRole('button', { name: 'Reset password' }).click();
  await expect(page.getByRole('dialog', { name: `Reset the password of ${name}?` })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.locator('.once')).toHaveCount(0);
  await page.getByRole('button', { name: 'Reset password' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reset password' }).click();
  await expect(page.locator('.once')).toContainText(`One-time password of ${name}`);

  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByText('Operator disabled')).toBeVisible();
  await expect(page.locator('.once')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Reset password' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Enable' }).click();
  await expect(page.getByText('Operator enabled')).toBeVisible();
  await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Operators' }).click();
  await expect(row(page, name)).toContainText('must change password');
  await expect(row(page, name)).toContainText('operator');
});

test('one ends other sessions of one’s own', async ({ page, browser, baseURL, extraHTTPHeaders }) => {
  const name = unique('Carla');
  addOperator(name, 'viewer');
  const tabs = [];
  for (let count = 0; count < 3; count += 1) {
    const tab = await (await browser.newContext({ baseURL, extraHTTPHeaders, storageState: NOBODY })).newPage();
    await signIn(tab, name, PASSWORD);
    await expect(tab.getByRole('heading', { name: 'Group List' })).toBeVisible();
    tabs.push(tab);
  }
  const [here, one, other] = tabs;
  await open(here, '/me');
  const sessions = here.getByRole('table', { name: 'Your sessions' }).locator('tbody tr');
  await expect(sessions).toHaveCount(3);
  await here.getByRole('button', { name: /^End the session of/ }).first().click();
  await expect(here.getByText('Session ended')).toBeVisible();
  await expect(sessions).toHaveCount(2);
  await here.getByRole('button', { name: 'End all others' }).click();
  await expect(sessions).toHaveCount(1);
  for (const tab of [one, other]) {
    await tab.goto('/groups');
    await expect(tab).toHaveURL(/\/sign-in/);
  }
  for (const tab of tabs) await tab.context().close();
  await page.close();
});

test('switching the rule on needs a second factor of one’s own', async ({ page }) => {
  await open(page, '/operators');
  const rule = page.getByRole('checkbox', { name: 'Admins need a second factor' });
  await rule.click();
  await expect(page.getByRole('alert').filter({ hasText: 'You have no second factor yourself' }).last()).toBeVisible();
  await expect(rule).not.toBeChecked();
});
