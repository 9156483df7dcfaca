import { expect, field, open, test } from '../fixtures';

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
});

test('bad rules and addresses are named; a permit alone warns', async ({ page }) => {
  await open(page, '/accounts/new?type=SNOM');
  for (const bad of ['10.0.0.0/33', '10.0.0.0/255.0.255.0', '10.0.0.256', '2001:db8::/129', '1::2::3', '10.0.0.0/-1', '::1/255.0.0.0']) {
    await field(page, 'deny').fill(bad);
    await expect(page.locator('#deny-error')).toContainText(bad);
  }
  await field(page, 'deny').fill('');
  await field(page, 'permit').fill('10.0.0.0/8');
  await expect(page.getByText('Permit alone restricts nothing.')).toBeVisible();
  await field(page, 'try_address').fill('10.0.0');
  await expect(page.locator('#try_address-error')).not.toBeEmpty();
});
