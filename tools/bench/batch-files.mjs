// Files of a batch, as large as one likes: people of a country code that no seeded account has.
const NAMES = ['Anna Moretti', 'Zoë van den Berg', 'Luigi Rossi', 'Marta Gallo', 'José Peña', '"Rossi, Ada"', 'Nicola D’Amico', 'Ilaria della Rovere'];
const NOTES = ['Personal account', 'Cantiere nord, "lotto 3"', '', 'Reperibilità', 'Direzione generale\nsecondo piano', 'Guardiola'];

const quoted = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

function people(rows, first) {
  return Array.from({ length: rows }, (_, at) => ({
    name: `${NAMES[at % NAMES.length]} ${at}`,
    number: `'+290${20_000_000 + first + at}`,
    email: `person.${first + at}@example.com`,
    model: at % 5 ? 'end-to-site' : 'end-to-end',
    note: NOTES[at % NOTES.length],
  }));
}

/** A file as somebody drops it. */
export function file(rows, first = 0) {
  const line = ({ name, number, email, model, note }) => [name, number, email, model, note].map(quoted).join(',');
  return `fullName,gsmNumber,email,securityModel,description\r\n${people(rows, first).map(line).join('\r\n')}\r\n`;
}

/** The same rows as the page sends them: `domain/batch/sent.rs`. */
export function sent(rows, first = 0) {
  const line = ({ name, number, email, model, note }, at) => [String(at + 2), name, number, email, model, note].map(quoted).join(',');
  return `${people(rows, first).map(line).join('\r\n')}\r\n`;
}
