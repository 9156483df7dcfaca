import AxeBuilder from '@axe-core/playwright';
import { expect, open, test } from '../fixtures';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('no screen has a violation, none is wider than its window', async ({ page, api }) => {
      const group = await api.group();
      const snom = await api.snom(group.id, { owner: 'Ufficio legale', deny: '0.0.0.0/0', permit: '10.0.0.0/8', mac: '000413aabbcc' });
      await api.account(group.id, { owner: '' });
      const screens = [
        '/groups', '/groups/new', `/groups/${group.id}/edit`, '/accounts', `/accounts?group=${group.id}&q=a`, `/accounts?group=${group.id}&q=nobody`,
        `/accounts/${snom.id}`, `/accounts/${snom.id}/edit`, `/accounts/new?group=${group.id}`, '/accounts/new?type=SNOM', '/password', '/sign-in',
      ];
      for (const screen of screens) {
        await open(page, screen);
        await check(page, screen);
      }
      await open(page, `/accounts/new?group=${group.id}`);
      await page.getByRole('button', { name: 'Create' }).click();
      await expect(page.locator('#summary')).toContainText('not created');
      await check(page, 'the form with errors');
      await open(page, `/accounts/${snom.id}`);
      await page.getByRole('button', { name: 'Delete' }).click();
      await check(page, 'the dialog');
    });
  });
}

async function check(page: Parameters<typeof open>[0], screen: string) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target).join(', ')}`), screen).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${screen} is too wide`).toBe(true);
}

test('the first key press leads past the navigation', async ({ page }) => {
  await open(page, '/groups');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
});
