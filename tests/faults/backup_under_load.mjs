// A backup while 32 clients work, restored into a new folder: everything acknowledged before it began is in it, whole, with its
// files, and the restored installation works on.
//   node backup_under_load.mjs YIMEN [TIMES [SEED]]
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { City, Failed, Load, end_all, fail, pause, verify } from './load.mjs';

const [, , yimen, times = '1', seed = '1'] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'yimen-backup-'));
const city = new City(yimen, join(folder, 'live'));
let turn = 0, orders = 0, expected = 0, during = 0;

async function restored(copy, load, began) {
  const other = new City(yimen, join(folder, `restored-${turn}`));
  copyFileSync(city.data + '.key', join(folder, `key-${turn}`));
  const conf = { ...process.env, YIMEN_KEY_FILE: join(folder, `key-${turn}`) };
  other.environment = () => conf;
  other.token = city.token;
  mkdirSync(other.folder);
  const back = other.run('restore', copy);
  if (back.status) fail('restore: ' + back.stdout + back.stderr);
  const point = /到第 (\d+) 条留痕为止，最后一条是 (\S+) 的工单 (\S+) 第 (\d+) 条/.exec(back.stdout) ?? fail('restore names no point: ' + back.stdout);
  const checked = other.run('verify', '--whole');
  if (checked.status) fail('verify of the restored: ' + checked.stdout + checked.stderr);
  const events = /留痕 (\d+) 条/.exec(checked.stdout)?.[1];
  if (events !== point[1]) fail(`the point says ${point[1]} events, verify ${events}`);
  const seen = load.compare(other, began);
  orders = seen.orders;
  expected = seen.expected;
  // It is an installation: an act on what was restored.
  await other.spawn();
  const id = [...load.orders.keys()][0];
  const answer = await other.post(`/orders/${id}/act/note`, 'after-the-restore', { text: '恢复以后' });
  if (answer?.status !== 200) fail('an act after the restore: ' + answer?.text);
  for (const [order, { acts }] of load.orders) {
    const file = [...acts.values()].find(act => act.kind === 'file' && act.at < began);
    if (!file) continue;
    const page = await other.get('/orders/' + order), attachment = page.json.attachments.find(a => a.name === file.key + '.jpg');
    const content = await other.request('GET', `/orders/${order}/attachments/${attachment?.id}`);
    if (content?.status !== 200 || content.bytes.length !== file.size) fail(`${file.key}: ${content?.status}, ${content?.bytes.length} bytes of ${file.size}`);
    break;
  }
  await other.end();
  other.close();
}

try {
  city.init();
  const load = new Load(city, +seed, { files: 0.2, most_file: 60000 });
  await city.spawn();
  load.begin();
  for (; turn < +times; turn++) {
    await pause(1500);
    const before = load.acknowledged, began = Date.now(), copy = join(folder, `copy-${turn}`);
    const taken = await city.runBeside('backup', copy);
    if (taken.status) fail('backup: ' + taken.stdout + taken.stderr);
    if (!/到第 \d+ 条留痕为止/.test(taken.stdout)) fail('backup names no point: ' + taken.stdout);
    during = load.acknowledged - before;
    if (!during) fail('nobody could work during the backup');
    await restored(copy, load, began);
  }
  await load.stop();
  await load.settle();
  await city.end();
  verify(city);
  load.compare();
  console.log(`${times} backups under load, seed ${seed}: ${during} acts acknowledged during the last; restored, ${expected} orders acknowledged before it all there ` +
    `(${orders} in it), point of restore named and right, files open, verify --whole finds nothing`);
} catch (error) {
  console.error(`seed ${seed}, backup ${turn}: ${error instanceof Failed ? error.message : error.stack}\n${city.log?.() ?? ''}`);
  process.exitCode = 1;
} finally {
  end_all();
  city.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(); // whatever still waits
}
