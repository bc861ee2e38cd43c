// A disk that fills up under load: reads go on, writes say so, and when there is room again everything goes on without a restart.
//   node disk_full.mjs YIMEN [SEED]
// The whole installation with its log lies on a small tmpfs, which needs root or a user namespace; without either it is skipped.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { City, Failed, Load, end_all, fail, pause, verify } from './load.mjs';

const [, script, yimen, seed = '1'] = process.argv;
const MIB = 1024 * 1024, SIZE = 40, BALLAST = 16;
const folder = mkdtempSync(join(tmpdir(), 'yimen-full-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}m`, 'yimen-full', folder]).status === 0;

if (!mounted) {
  rmSync(folder, { recursive: true });
  if (!process.env.YIMEN_OWN_NAMESPACE) {
    const own = spawnSync('unshare', ['-Urm', process.execPath, script, ...process.argv.slice(2)],
      { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8', env: { ...process.env, YIMEN_OWN_NAMESPACE: '1' } });
    if (own.status === null || /unshare/.test(own.stderr)) console.log('skipped: neither root nor a user namespace, so no disk can be filled');
    else process.stderr.write(own.stderr);
    process.exit(/unshare/.test(own.stderr) ? 0 : own.status ?? 0);
  }
  console.log('skipped: no tmpfs can be mounted here');
  process.exit(0);
}

const free = () => { const about = statfsSync(folder); return about.bavail * about.bsize; };
// Everything that is left, or so much of it.
function take(name, most = Infinity) {
  const file = openSync(join(folder, name), 'w'), block = Buffer.alloc(64 * 1024, 1);
  let size = block.length;
  for (let all = 0; all < most && size >= 512;) {
    try { all += writeSync(file, block, 0, size); } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
      size = size >> 1;
    }
  }
  closeSync(file);
}

// A small log, so that it is copied (which needs room, too) all the time.
const city = new City(yimen, folder, { settings: 'wal_pages = 1000\nlog_level = info' });
const said = new Map();
function refused(answer, act) {
  const title = answer.json?.detail ?? answer.json?.title ?? answer.text;
  said.set(`${act.kind}: ${title}`, (said.get(`${act.kind}: ${title}`) ?? 0) + 1);
  if (!answer.headers['retry-after']) fail('503 without Retry-After: ' + answer.text);
  if (!/磁盘|暂不确定/.test(title)) fail('503 that does not name the disk: ' + answer.text);
}
async function reads(when) {
  const id = [...load.orders.keys()].at(-1);
  for (const path of ['/healthz', '/readyz', '/api/v1/orders/' + id, `/api/v1/orders/${id}/events`, '/api/v1/orders']) {
    const began = Date.now(), answer = await city.request('GET', path);
    if (answer?.status !== 200) fail(`${when}, ${path}: ${answer?.status} ${answer?.text.slice(0, 300)}`);
    if (Date.now() - began > 3000) fail(`${when}, ${path}: took ${Date.now() - began} ms`);
  }
}
// At a port that is known beforehand: a full disk takes no log either.
let port = 0;
async function start() {
  const file = openSync(join(folder, 'server.log'), 'a');
  if (!port) {
    await city.spawn();
    port = city.port;
    await city.end();
  }
  city.spawn(file, port);
  city.port = port;
  closeSync(file);
  for (let i = 0; i < 400; i++, await pause(25)) {
    if ((await city.request('GET', '/readyz'))?.status === 200) return true;
    if (city.server.exitCode !== null || city.server.signalCode) return false;
  }
  return fail('the server is never ready');
}
async function works_again(why) {
  const before = load.acknowledged, began = Date.now();
  while (load.acknowledged < before + 100) {
    if (Date.now() - began > 10000) fail(`${why}: only ${load.acknowledged - before} acts in 10 s after there was room`);
    await pause(20);
  }
  return Date.now() - began;
}

let load, back = 0, up = false;
try {
  city.init();
  load = new Load(city, +seed, { files: 0.15, most_file: 120000, refused });
  load.rest = 50;
  for (let turn = 0; turn < 2; turn++) {
    if (!await start()) fail('the server does not start');
    take('ballast', turn ? BALLAST / 2 * MIB : BALLAST * MIB);
    load.begin();
    // Filled by the load itself, then to the last byte.
    for (let i = 0; i < 400 && free() > 256 * 1024; i++) await pause(20);
    take('rest');
    const before = load.unavailable;
    await pause(600);
    await reads('with a full disk');
    if (load.unavailable - before < 32) fail(`only ${load.unavailable - before} refusals on a full disk`);
    if (turn === 0) {
      unlinkSync(join(folder, 'rest'));
      unlinkSync(join(folder, 'ballast'));
      back = await works_again('without a restart');
      await load.stop();
      await load.settle();
      await load.look();
      await reads('with room again');
      await city.end();
    } else {
      // The power goes while the disk is full, and it is still full at the next start.
      await city.end('SIGKILL');
      await load.stop();
      up = await start();
      if (up) {
        await reads('started on a full disk');
        unlinkSync(join(folder, 'rest'));
        unlinkSync(join(folder, 'ballast'));
      } else {
        unlinkSync(join(folder, 'rest'));
        unlinkSync(join(folder, 'ballast'));
        if (!await start()) fail('the server does not start with room again');
      }
      await load.settle();
      await load.look();
      await city.end();
    }
  }
  verify(city);
  const { orders } = load.compare();
  console.log(`disk filled twice, seed ${seed}: ${load.acts()} acts on ${orders} orders acknowledged, all there once; ${load.unavailable} refused, ` +
    `${load.repeated} asked again, working again ${back} ms after there was room; ` +
      `after kill -9 on the full disk ${up ? 'it started at once' : 'it started when there was room'}; verify finds nothing`);
  if (process.env.VERBOSE) console.log(said);
} catch (error) {
  let log = '';
  try { log = readFileSync(join(folder, 'server.log'), 'utf8').split('\n').filter(line => !line.includes('"info"')).slice(-20).join('\n'); } catch { /* none */ }
  console.error(`seed ${seed}: ${error instanceof Failed ? error.message : error.stack}\n${log}\n${[...said].map(x => x.join(' ')).join('\n')}`);
  process.exitCode = 1;
} finally {
  end_all();
  await city.exited;
  city.close();
  spawnSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true, force: true });
  process.exit(); // whatever still waits
}
