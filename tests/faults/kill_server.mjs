// kill -9 under load: what was acknowledged is there after the restart, once, and verify finds nothing.
//   node kill_server.mjs YIMEN [ROUNDS [SEED]] [--store ADDRESS]
// Each round kills the server at a moment of the dice: mostly in the middle of the work of 32 clients, now and then while it starts.
// The next round asks again, with the same keys, for what had no answer, and looks at every order that was touched; every tenth
// round and at the end everything is verified, and at the end everything is compared with the clients' ledger.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { City, Failed, Load, end_all, dice, pause, verify } from './load.mjs';

const words = process.argv.slice(2), at = words.indexOf('--store');
const store = at >= 0 ? words.splice(at, 2)[1] : '';
const [yimen, rounds = '3', seed = String(Date.now() % 1000000)] = words;
const WHOLE_EVERY = 10;
const folder = mkdtempSync(join(tmpdir(), 'yimen-kill-'));
const city = new City(yimen, folder, { store });
const roll = dice(+seed), began = Date.now();
let round = 0, early = 0;

try {
  city.init();
  const load = new Load(city, +seed);
  for (; round < +rounds; round++) {
    const soon = roll() < 0.12, after = soon ? 120 * roll() : 60 + 700 * roll();
    const ready = city.spawn();
    if (soon) {
      early++;
      await pause(after);
      await city.end('SIGKILL');
      continue;
    }
    await ready;
    await load.settle();
    await load.look();
    load.begin();
    await pause(after);
    await city.end('SIGKILL');
    await load.stop();
    if (round % WHOLE_EVERY === WHOLE_EVERY - 1) {
      verify(city);
      process.stderr.write(`\r${round + 1}/${rounds} rounds, ${load.acknowledged} acknowledged, ${Math.round((Date.now() - began) / 1000)} s `);
    }
  }
  await city.spawn();
  await load.settle();
  await load.look();
  await city.end();
  verify(city);
  const { orders } = load.compare();
  console.log(`${rounds} kills (${early} of them while it started), seed ${seed}, ${Math.round((Date.now() - began) / 1000)} s: ` +
    `${load.acts()} acts on ${orders} orders acknowledged, all there once; ${load.repeated} asked again, ${load.replayed} of them had been done; verify finds nothing`);
} catch (error) {
  console.error(`seed ${seed}, round ${round}: ${error instanceof Failed ? error.message : error.stack}\n${city.log?.() ?? ''}`);
  end_all();
  process.exitCode = 1;
} finally {
  city.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(); // whatever still waits
}
