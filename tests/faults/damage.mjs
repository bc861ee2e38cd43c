// Damage to the files of an installation, at places of the dice: it is found, named, and what can be saved is saved.
//   node damage.mjs YIMEN [PLACES [SEED]]
// Each place is a page of the database (bytes turned over, zeros, another page in its place), the end of the file cut off, its
// head, the log, or a sealed file.  `verify --whole` must say so; `rescue` makes a new installation, whose `verify` says what is
// missing; every order that it does not name must be there, whole.
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { City, Failed, Load, dice, end_all, fail, pause, verify } from './load.mjs';

const [, , yimen, places = '50', seed = '1'] = process.argv;
// What the disk does for a while is not asked here: in memory it goes faster.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'yimen-damage-'));
const city = new City(yimen, folder);
const roll = dice(+seed), below = n => Math.floor(roll() * n);
const PAGE = 4096;
let place = -1, what = '', load;

const files = dir => readdirSync(dir, { withFileTypes: true, recursive: true }).filter(f => f.isFile()).map(f => join(f.path, f.name));

function turn_over(bytes, from, to, n) {
  for (let i = 0; i < n; i++) bytes[from + below(to - from)] ^= 1 + below(255);
}

const kinds = {
  page_bytes(data) {
    const bytes = readFileSync(join(data, 'yimen.db')), n = 1 + below(bytes.length / PAGE - 1);
    turn_over(bytes, n * PAGE, (n + 1) * PAGE, 1 + below(400));
    writeFileSync(join(data, 'yimen.db'), bytes);
    return `page ${n + 1}`;
  },
  page_zeros(data) {
    const bytes = readFileSync(join(data, 'yimen.db')), n = 1 + below(bytes.length / PAGE - 1);
    bytes.fill(0, n * PAGE, (n + 1) * PAGE);
    writeFileSync(join(data, 'yimen.db'), bytes);
    return `page ${n + 1}`;
  },
  page_of_another(data) {
    const bytes = readFileSync(join(data, 'yimen.db')), all = bytes.length / PAGE, n = 1 + below(all - 1), other = 1 + below(all - 1);
    bytes.copy(bytes, n * PAGE, other * PAGE, (other + 1) * PAGE);
    writeFileSync(join(data, 'yimen.db'), bytes);
    return `page ${n + 1} from ${other + 1}`;
  },
  cut(data) {
    const bytes = readFileSync(join(data, 'yimen.db')), keep = Math.floor(bytes.length * (0.5 + roll() / 2));
    writeFileSync(join(data, 'yimen.db'), bytes.subarray(0, keep));
    return `after ${keep} of ${bytes.length} bytes`;
  },
  head(data) {
    const bytes = readFileSync(join(data, 'yimen.db'));
    if (roll() < 0.5) bytes.fill(0, 0, PAGE);
    else turn_over(bytes, 0, 100, 40);
    writeFileSync(join(data, 'yimen.db'), bytes);
    return 'page 1';
  },
  // With a log as a kill leaves it.
  log(data) {
    cpSync(join(folder, 'killed'), data, { recursive: true });
    const bytes = readFileSync(join(data, 'yimen.db-wal')), frames = Math.floor((bytes.length - 32) / (PAGE + 24));
    const n = below(Math.floor(frames / 2));
    turn_over(bytes, 32 + n * (PAGE + 24), 32 + (n + 1) * (PAGE + 24), 20);
    writeFileSync(join(data, 'yimen.db-wal'), bytes);
    return `frame ${n + 1} of ${frames}`;
  },
  file(data) {
    const all = files(join(data, 'blobs')).sort(), name = all[below(all.length)], bytes = readFileSync(name), how = below(3);
    if (how === 0) unlinkSync(name);
    else if (how === 1) writeFileSync(name, bytes.subarray(0, below(bytes.length)));
    else { turn_over(bytes, 0, bytes.length, 1); writeFileSync(name, bytes); }
    return ['gone: ', 'cut: ', 'a byte: '][how] + name.slice(-64, -56);
  },
};

function fresh(name) {
  const other = new City(yimen, join(folder, name));
  mkdirSync(other.folder);
  copyFileSync(city.data + '.key', other.data + '.key');
  return other;
}

// What the rescue has lost, and what verify names; of all others every act must be there (an export ends at the first that cannot
// be read, so it is compared as far as it goes; verify has followed all of them to the end).
function compare(saved, verified, kind) {
  const out = join(saved.folder, 'export.jsonl');
  saved.run('export', out);
  const named = new Set([...verified.matchAll(/工单 (\d{10,}) /g)].map(m => m[1]));
  const there = +(/工单 (\d+) 件/.exec(verified)?.[1] ?? 0);
  for (const line of existsSync(out) ? readFileSync(out, 'utf8').split('\n').filter(Boolean) : []) {
    let one;
    try { one = JSON.parse(line); } catch { break; }
    // What a lost commit held is named by nothing but the heads kept elsewhere.
    if (!named.has(one.order.id) && kind !== 'log') load.compareOrder(one.order.id, one.events);
  }
  return { whole: Math.max(0, there - named.size), lost: load.orders.size - there, named: named.size };
}

const tally = {};
async function damage() {
  const names = Object.keys(kinds), other = fresh(`damaged-${place}`), saved = fresh(`saved-${place}`);
  const kind = place < names.length ? names[place] : names[[0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 6][below(11)]];
  if (kind !== 'log') cpSync(city.data, other.data, { recursive: true });
  const before = kind === 'log' ? readFileSync(join(folder, 'killed', 'yimen.db')) : readFileSync(join(city.data, 'yimen.db'));
  what = `${kind}: ${kinds[kind](other.data)}`;
  const changed = kind === 'log' || kind === 'file' || !before.equals(readFileSync(join(other.data, 'yimen.db')));
  const keep = fresh(`kept-${place}`);
  cpSync(other.data, keep.data, { recursive: true });
  const said = other.run('verify', '--whole'), words = said.stdout + said.stderr;
  if (said.status === null) fail('verify died: ' + said.signal);
  // A page that nothing uses, or bytes that nothing means, may change unseen; then nothing may be missing either.
  const found = said.status !== 0;
  if (!changed) return;
  const rescued = saved.run('rescue', keep.data);
  if (rescued.status === null) fail('rescue died: ' + rescued.signal);
  if (rescued.status > 1) fail(`rescue: ${rescued.status}: ${rescued.stdout}${rescued.stderr}`);
  const after = saved.run('verify', '--whole');
  if (after.status === null) fail('verify after the rescue died: ' + after.signal);
  const { whole, lost, named } = compare(saved, after.stdout, kind);
  if (!found && (lost || named)) fail(`verify found nothing, but ${lost} orders are lost and ${named} damaged:\n${words}\n${after.stdout}`);
  if (kind === 'file' && found && (!/文件 [0-9a-f]{64} (不见了|已损坏)/.test(words) || named !== 1)) fail('the file is not named: ' + words);
  if (kind === 'log' && !/其后 \d+ 次提交/.test(words)) fail('the log is not named: ' + words);
  if ((kind === 'page_zeros' || kind === 'page_bytes') && found && !/表 \w+：|工单|审计|文件|封存|yimen:/.test(words)) fail('nothing is named: ' + words);
  const row = tally[kind] ??= { places: 0, found: 0, orders: 0, whole: 0, lost: 0, named: 0 };
  row.places++;
  row.found += found;
  row.orders += load.orders.size;
  row.whole += whole;
  row.lost += lost;
  row.named += named;
  // What stands on one page is lost, and no more.
  if (/^page|^file/.test(kind) && lost + named > load.orders.size / 2) fail(`${lost} orders lost and ${named} damaged of ${load.orders.size} for one page:\n${rescued.stdout}\n${words.slice(0, 2000)}\n${after.stdout.slice(0, 2000)}${after.stderr}`);
  if (process.env.VERBOSE) console.log(`${place} ${what}: found ${found}, whole ${whole}, lost ${lost}, named ${named}\n${words}\n${rescued.stdout}`);
  for (const one of [other, saved, keep]) rmSync(one.folder, { recursive: true, force: true });
}

try {
  city.init();
  load = new Load(city, +seed, { files: 0.1, most_file: 4000 });
  await city.spawn();
  load.begin();
  while (load.acknowledged < 1200) await pause(20);
  await city.end('SIGKILL');
  await load.stop();
  cpSync(city.data, join(folder, 'killed'), { recursive: true });
  await city.spawn();
  await load.settle();
  await city.end();
  verify(city);
  load.compare();
  for (place = 0; place < +places; place++) await damage();
  const sum = key => Object.values(tally).reduce((n, row) => n + row[key], 0);
  console.log(`${sum('places')} damaged places, seed ${seed}: ${sum('found')} found by verify, the others harmless; of ${load.orders.size} orders each, rescued whole ` +
    Object.entries(tally).map(([kind, row]) => `${kind} ${(100 * row.whole / row.orders).toFixed(1)} %`).join(', '));
} catch (error) {
  console.error(`seed ${seed}, place ${place} (${what}): ${error instanceof Failed ? error.message : error.stack}`);
  process.exitCode = 1;
} finally {
  end_all();
  city.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(); // whatever still waits
}
