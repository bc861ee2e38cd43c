// kill -9 of PostgreSQL itself (fsync on) under the load of 32 clients: the server of yimen stays, says 503 meanwhile, finds the
// database again without a restart, and what was acknowledged is there, once.
//   node kill_database.mjs YIMEN [ROUNDS [SEED]]
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { City, Failed, Load, dice, end_all, fail, pause, verify } from './load.mjs';

const [, , yimen, rounds = '5', seed = '1'] = process.argv;
const root = '/usr/lib/postgresql', versions = existsSync(root) ? readdirSync(root).sort((a, b) => b - a) : [];
const bin = versions.map(v => join(root, v, 'bin')).find(dir => existsSync(join(dir, 'initdb')));
if (!bin) {
  console.log('skipped: PostgreSQL is not installed (tools/install-deps)');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'yimen-pgkill-')), place = join(folder, 'pg');
// It refuses to run as root.
const as = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : ['env'];
const run = (...words) => {
  const done = spawnSync(as[0], [...as.slice(1), ...words], { encoding: 'utf8', cwd: place });
  if (done.status) fail(words.join(' ') + ': ' + done.stderr);
  return done.stdout;
};
let database;
async function start_database() {
  for (let i = 0; i < 200; i++) {
    // Children of the one that was killed keep its memory for a moment.
    database = spawn(as[0], [...as.slice(1), join(bin, 'postgres'), '-D', join(place, 'data')], { stdio: 'ignore', cwd: place });
    const gone = new Promise(r => database.once('exit', r));
    for (let k = 0; k < 100 && database.exitCode === null && database.signalCode === null; k++) {
      if (spawnSync(join(bin, 'pg_isready'), ['-q', '-h', place]).status === 0) return;
      await pause(50);
    }
    database.kill('SIGKILL');
    await gone;
    await pause(100);
  }
  fail('PostgreSQL does not start');
}
async function end_database(signal) {
  const gone = new Promise(r => database.once('exit', r));
  process.kill(+readFileSync(join(place, 'data', 'postmaster.pid'), 'utf8').split('\n')[0], signal);
  await gone;
}

const roll = dice(+seed), began = Date.now(), back = [];
const city = new City(yimen, folder, { store: `postgresql:///postgres?host=${place}&user=yimen` });
let round = 0;
try {
  mkdirSync(place);
  if (process.getuid() === 0) spawnSync('chown', ['postgres', place]), spawnSync('chmod', ['755', folder]);
  run(join(bin, 'initdb'), '-D', join(place, 'data'), '-U', 'yimen', '-A', 'trust', '-N', '--no-instructions', '-E', 'UTF8', '--locale=C.UTF-8');
  appendFileSync(join(place, 'data', 'postgresql.conf'), `listen_addresses = ''\nunix_socket_directories = '${place}'\nmax_connections = 120\nfsync = on\n`);
  await start_database();
  city.init();
  const load = new Load(city, +seed, {});
  load.rest = 20;
  await city.spawn();
  load.begin();
  for (; round < +rounds; round++) {
    await pause(500 + 1000 * roll());
    await end_database('SIGKILL');
    await pause(200 + 400 * roll());
    await start_database();
    const again = Date.now(), before = load.acknowledged;
    while (load.acknowledged < before + 20) {
      if (Date.now() - again > 20000) fail('it does not find the database again in 20 s');
      await pause(20);
    }
    back.push(Date.now() - again);
  }
  await load.stop();
  await load.settle();
  await load.look();
  await city.end();
  verify(city);
  const { orders } = load.compare();
  console.log(`${rounds} kills of PostgreSQL, seed ${seed}, ${Math.round((Date.now() - began) / 1000)} s: ${load.acts()} acts on ${orders} orders acknowledged, all there once; ` +
    `${load.unavailable} answers of 503, ${load.replayed} asked again had been done; twenty acts within ${Math.max(...back)} ms of its return; verify finds nothing`);
} catch (error) {
  console.error(`seed ${seed}, round ${round}: ${error instanceof Failed ? error.message : error.stack}\n${city.log?.() ?? ''}`);
  process.exitCode = 1;
} finally {
  end_all();
  city.close();
  try { await end_database('SIGQUIT'); } catch { /* gone already */ }
  rmSync(folder, { recursive: true, force: true });
  process.exit(); // whatever still waits
}
