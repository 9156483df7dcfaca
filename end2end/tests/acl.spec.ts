import { expect, field, open, SIP_PASSWORD, test } from '../fixtures';

// The table of what the SIP servers do, as the form shows it.
const ADDRESSES = ['216.27.242.66', '216.27.242.67', '192.168.0.38', '8.8.8.8', '2001:db8::1', '::ffff:216.27.242.66'];
const ROWS: [deny: string, permit: string, allowed: string][] = [
  ['0.0.0.0/0.0.0.0', '216.27.242.66/255.255.255.255', 'ynnnyy'],
  ['192.168.0.38/255.255.255.255', '', 'yynyyy'],
  ['', '192.168.0.38/255.255.255.0', 'yyyyyy'],
  ['0.0.0.0/0', '192.168.0.38/255.255.255.0', 'nnynyn'],
  ['0.0.0.0/0,::/0', '10.0.0.0/8', 'nnnnnn'],
];

test('the address box answers as the SIP server will, and names the rule', async ({ page }) => {
  await open(page, '/accounts/new?type=SNOM');
  const answer = page.locator('.answer');
  for (const [deny, permit, allowed] of ROWS) {
    await field(page, 'deny').fill(deny);
    await field(page, 'permit').fill(permit);
    for (const [index, address] of ADDRESSES.entries()) {
      await field(page, 'try_address').fill('');
      await field(page, 'try_address').fill(address);
      await expect(answer, `${deny} ${permit} ${address}`).toContainText(allowed[index] === 'y' ? 'Allowed' : 'Refused');
    }
  }
  await field(page, 'deny').fill('0.0.0.0/0');
  await field(page, 'permit').fill('192.168.0.38/255.255.255.0');
  await field(page, 'try_address').fill('192.168.0.77');
  await expect(answer).toContainText('by rule 2');
  await expect(answer).toContainText('permit 192.168.0.0/24 is the last rule that matches');
  await expect(page.getByRole('listitem').filter({ hasText: 'written as 192.168.0.38/255.255.255.0' })).toHaveClass('hit');
  await field(page, 'try_address').press('Enter');
  await expect(answer).toContainText('by rule 2');
  await expect(page.locator('#summary'), 'Enter asks, and does not send the account').toBeEmpty();
});

test('bad rules and addresses are named', async ({ page }) => {
  await open(page, '/accounts/new?type=SNOM');
  const refused = [
    '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/x', '10.0.0.0/8x', '2001:db8::/129', '10.0.0.0/255.0.255.0', '10.0.0.0/255.0.0', '10.0.0.0/255.0.0.0.0',
    '10.0.0.256', '1:2:3:4:5:6:7:8:9', '1::2::3', '::1/255.0.0.0', 'everyone',
  ];
  for (const bad of refused) {
    await field(page, 'deny').fill(bad);
    await expect(page.locator('#deny-error')).toContainText(bad);
  }
  // Of several rules the bad one is named.
  await field(page, 'deny').fill('10.0.0.0/8\n10.0.0.0/40');
  await expect(page.locator('#deny-error')).toContainText('10.0.0.0/40');
  await expect(page.locator('#deny-error')).not.toContainText('10.0.0.0/8');
  await field(page, 'deny').fill('');
  await field(page, 'try_address').fill('10.0.0');
  await expect(page.locator('#try_address-error')).not.toBeEmpty();
});

test('what people get wrong with rules that are valid is told beside them, and does not stop anyone', async ({ page, api }) => {
  const group = await api.group();
  await open(page, `/accounts/new?type=SNOM&group=${group.id}`);
  const long = Array.from({ length: 8 }, (_, index) => `192.168.100.${100 + index}`).join('\n');
  const rules: [deny: string, permit: string, warning: string][] = [
    ['', '10.0.0.0/8', 'Permit alone restricts nothing.'],
    ['0.0.0.0/0', '10.0.0.0/8', 'IPv6 stays open.'],
    ['::/0', '2001:db8::/32', 'IPv4 stays open.'],
    ['10.1.0.0/16', '10.0.0.0/8', 'One rule never decides.'],
    [long, '', 'Too long for Asterisk’s own tables.'],
  ];
  for (const [deny, permit, warning] of rules) {
    await field(page, 'deny').fill(deny);
    await field(page, 'permit').fill(permit);
    await expect(page.locator('.msg.warn')).toHaveText(new RegExp(warning));
  }
  await field(page, 'deny').fill('0.0.0.0/0,::/0');
  await field(page, 'permit').fill('10.0.0.0/8');
  await expect(page.locator('.msg.warn')).toHaveCount(0);
  await field(page, 'permit').fill('');
  await field(page, 'deny').fill('::/0');
  await field(page, 'password').fill(SIP_PASSWORD);
  await field(page, 'repeat_password').fill(SIP_PASSWORD);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Account created')).toBeVisible();
});
