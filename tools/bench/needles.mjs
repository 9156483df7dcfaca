// What people type: beginnings and middles of names, digits, pieces of addresses, and what is nowhere. The same questions in
// each run, since people are invented alike; only ids differ from one seeding to the next.
import * as database from './database.mjs';
import { random } from './numbers.mjs';

const LONGEST = 8;
const SORTS = ['owner', 'username', 'number', 'type', 'security', 'enabled', 'status', 'status_date'];
const STATUSES = ['created', 'installation_sms_sent', 'installed', 'activation_sms_sent', 'activated', 'connected'];
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** People to take needles from, and the groups to look in. */
export async function material() {
  const people = await database.rows(
    "SELECT owner, username, number, email, description FROM accounts WHERE username LIKE '%123' ORDER BY username",
  );
  const groups = await database.rows('SELECT group_id AS id, count(*) AS accounts FROM accounts JOIN groups g ON g.id = group_id GROUP BY group_id, g.name ORDER BY 2 DESC, g.name');
  return { people, large: groups[0].id, small: groups.slice(1).map((group) => group.id) };
}

/** `count` queries of the list, as the browser asks for them. */
export function queries({ people, large, small }, count, seed) {
  const chance = random(seed);
  return Array.from({ length: count }, (_, at) => {
    const filter = { group: [large, chance.pick(small), null][at % 3], needle: needle(people, chance) };
    if (chance.chance(30)) facet(filter, chance);
    if (chance.chance(8)) facet(filter, chance);
    return { filter, sort: SORTS[Math.floor(at / 3) % SORTS.length], descending: chance.chance(50), place: 'start', size: null };
  });
}

function needle(people, chance) {
  const length = 1 + chance.below(LONGEST);
  const piece = (text) => text.slice(chance.below(Math.max(1, text.length - length + 1))).slice(0, length);
  const person = chance.pick(people);
  const word = (text) => chance.pick(text.split(' '));
  const typed = {
    beginning: () => word(person.owner ?? 'Anna').slice(0, length),
    middle: () => piece(person.owner ?? 'Anna'),
    twoWords: () => `${word(person.owner ?? 'Anna').slice(0, Math.ceil(length / 2))} ${word(person.owner ?? 'Maria').slice(0, length / 2)}`,
    number: () => piece(person.number),
    numberFromItsStart: () => person.number.slice(0, length),
    username: () => piece(person.username),
    usernameFromItsStart: () => person.username.slice(0, length),
    mail: () => piece(person.email ?? 'rossi@example.it'),
    description: () => piece(person.description ?? 'Second phone'),
    letters: () => Array.from({ length }, () => chance.pick(LETTERS)).join(''),
    nothing: () => '',
    digits: () => Array.from({ length }, () => chance.below(10)).join(''),
    nameAndDigits: () => `${word(person.owner ?? 'Anna').slice(0, 3)} ${piece(person.number).slice(0, 4)}`,
  };
  return chance.pick(Object.values(typed))().trim();
}

function facet(filter, chance) {
  const [name, value] = chance.pick([
    ['account_type', chance.pick(['PGSM', 'SNOM'])],
    ['security', chance.pick(['SDES', 'ZRTP'])],
    ['enabled', chance.chance(50)],
    ['statuses', [chance.pick(STATUSES), ...(chance.chance(30) ? [chance.pick(STATUSES)] : [])]],
  ]);
  filter[name] = value;
}
