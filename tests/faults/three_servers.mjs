// Three servers on one PostgreSQL database work as one, also while they are killed and cut off.
//   tools/postgres run node tests/faults/three_servers.mjs YIMEN [--rounds N] [--seed N] [--s3]
// Clients act at a server of the dice, each act with its key; what got no answer is asked again, mostly elsewhere.  Meanwhile one
// server is killed and started again, and a session with the database is ended.  Afterwards: all that was acknowledged is there
// once, the same key at another server gives the same answer, verify finds nothing, every event was numbered once, every
// message sent; a page held open at one server shows what was done at another; and what a server was at when it
// died is gone on with when its lease has run out.  With more rounds than one a server also stands still inside a write.  --s3: files in a bucket (s3_server.mjs), else in a folder of all.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { City, Failed, Load, dice, fail, pause, verify } from './load.mjs';

const words = process.argv.slice(2);
const option = (name, otherwise) => { const at = words.indexOf(name); return at < 0 ? otherwise : words.splice(at, 2)[1]; };
const flag = name => { const at = words.indexOf(name); return at >= 0 && words.splice(at, 1).length > 0; };
const rounds = +option('--rounds', 1), seed = +option('--seed', Date.now() % 1000000), inBucket = flag('--s3');
const [yimen] = words, store = process.env.YIMEN_TEST_POSTGRES;
if (!yimen || !store) {
  console.error('usage: tools/postgres run node three_servers.mjs YIMEN [--rounds N] [--seed N] [--s3]');
  process.exit(2);
}
const roll = dice(seed), SERVERS = 3, LEASE_S = 6;

const sql = text => {
  const answer = spawnSync('psql', [store, '-AtqX', '-v', 'ON_ERROR_STOP=1', '-c', text], { encoding: 'utf8' });
  if (answer.status) fail('psql: ' + answer.stderr);
  return answer.stdout.trim();
};
const number = text => +sql(text);
const until = async (what, ms, done) => {
  const began = Date.now();
  while (!await done()) {
    if (Date.now() - began > ms) fail(`${what}: not within ${ms} ms`);
    await pause(50);
  }
  return Date.now() - began;
};

// Takes messages by their ids, not at once, as gateways do.
class Gateway {
  constructor() { this.times = new Map(); this.slow = 3; }
  start() {
    this.server = http.createServer((request, answer) => {
      let text = '';
      request.on('data', part => text += part);
      request.on('end', () => {
        const { id } = JSON.parse(text);
        this.times.set(id, (this.times.get(id) ?? 0) + 1);
        setTimeout(() => answer.writeHead(200).end('{}'), this.slow);
      });
    });
    return new Promise(resolve => this.server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${this.server.address().port}/send`)));
  }
  end() { this.server.closeAllConnections(); this.server.close(); }
}

// The service in a process of its own: commands of this one are waited for.
class Bucket {
  start() {
    this.server = spawn('node', [join(dirname(process.argv[1]), 's3_server.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
    return new Promise(resolve => this.server.stdout.once('data', text => resolve(this.address = String(text).trim())));
  }
  async files() { return (await (await fetch(this.address + '/-/figures')).json()).objects; }
  end() { this.server?.stdin.end(); }
}

// A city whose requests go to a server of the dice.
class Cities extends City {
  constructor(yimen, folder, options) {
    super(yimen, folder, options);
    this.servers = Array.from({ length: SERVERS }, (_, n) => {
      const one = new City(yimen, join(folder, `server-${n}`), options);
      mkdirSync(one.data, { recursive: true });
      one.agent = this.agent;
      return one;
    });
  }
  // Outside the hours in which messages are sent the servers' clocks are set to the morning.
  environment() { return at_day(super.environment()); }
  async start() {
    for (const one of this.servers) {
      one.token = this.token;
      one.environment = () => this.environment();
    }
    await Promise.all(this.servers.map(one => one.spawn()));
  }
  request(...words) {
    const one = this.servers[Math.floor(roll() * SERVERS)];
    return one.request(...words);
  }
  log() { return this.servers.map((one, n) => `server ${n}:\n${one.log?.() ?? ''}`).join('\n'); }
  async stop(signal = 'SIGTERM') { await Promise.all(this.servers.map(one => one.end(signal))); }
}

const shim = join(dirname(yimen), '../tests/faults/libshift-clock.so');
function at_day(env) {
  const hour = new Date(Date.now() + 8 * 3600 * 1000).getUTCHours();
  if (hour >= 8 && hour < 20) return env;
  if (!existsSync(shim)) fail('at this hour no messages are sent: build tests/faults/libshift-clock.so');
  return { ...env, LD_PRELOAD: shim, SHIFT_HOURS: String((34 - hour) % 24) };
}

async function storm(city, load) {
  load.begin(16);
  await pause(1200 + 600 * roll());
  const victim = city.servers[Math.floor(roll() * SERVERS)];
  await victim.end('SIGKILL');
  await pause(700 + 600 * roll());
  await victim.spawn();
  const cut = number(`SELECT COUNT(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
    WHERE application_name = 'yimen' ORDER BY MD5(CAST(pid AS TEXT) || '${seed}') LIMIT 5) s`);
  if (!cut) fail('no session to end');
  await pause(1200);
  await load.stop();
  await load.settle();
  await load.look();
}

// The same key, at every server: the same answer, and nothing more is done.
async function ask_again(city, load) {
  const acts = [...load.orders.values()].flatMap(order => [...order.acts.values()]).filter(act => act.kind === 'note');
  let asked = 0;
  for (let i = 0; i < 20 && acts.length; i++) {
    const act = acts[Math.floor(roll() * acts.length)];
    for (const one of city.servers) {
      const answer = await one.post(`/orders/${act.order}/act/note`, act.key, { text: `<${act.key}>` });
      if (answer?.status !== 200 || !answer.json.replayed) fail(`${act.key} again: ${answer?.status} ${answer?.text}`);
      asked++;
    }
    load.touched.add(act.order);
  }
  await load.look();
  return asked;
}

const register = (one, key) => one.post('/orders', key, {
  matter: 'legal-consultation', channel: 'window', subject: key, content: '两台服务器', source: 'load', external: key,
  parties: [{ role: 'applicant', identity: { kind: 'person', name: '何小川', paper: 'none', phone: '13900004321' } }],
});

// A server that stands still inside a write holds the city's lock, until the others end its session.
async function stop_dead(city, load) {
  const [a, b] = city.servers;
  load.begin(16);
  await pause(1000);
  a.server.kill('SIGSTOP');
  load.going = false;
  const began = Date.now();
  let made;
  await until('writes go on without the server that stands still', 60000, async () => (made = await register(b, 'goes-on-without-it'))?.status === 201 || made?.status === 200);
  const took = Date.now() - began;
  load.orders.set(made.json.id, { key: 'goes-on-without-it', at: Date.now(), acts: new Map() });
  a.server.kill('SIGCONT');
  await load.stop();
  await load.settle(40000);
  await load.look();
  return Math.round(took / 1000);
}

const hold = (one, path) => one.request('GET', '/api/v1' + path, { Prefer: 'wait=20' });

// A list and an order page held open at one server, while somebody works at another: how long until they are answered.
async function look_across(city, load, times) {
  const [a, b] = city.servers, lists = [], pages = [];
  const { json: { id } } = await register(b, 'page-of-all');
  load.orders.set(id, { key: 'page-of-all', at: Date.now(), acts: new Map() });
  for (let i = 0; i < times; i++) {
    const { json: { events } } = await a.get(`/orders/${id}/events?after=0`), last = events.length;
    const list = hold(a, `/orders/changes?newest=${id}&since=${Date.now() + 20 * 3600 * 1000}&ids=&seen=${i}.0`).then(answer => [answer, Date.now()]);
    const page = hold(a, `/orders/${id}/events?after=${last}&seen=0`).then(answer => [answer, Date.now()]);
    await pause(300);
    const key = `seen-from-afar-${'abcdefghijklmnopqrst'[i]}`;
    const note = await b.post(`/orders/${id}/act/note`, key, { text: `<${key}>` });
    if (note?.status !== 200) fail('note: ' + note?.text);
    load.orders.get(id).acts.set(key, { key, kind: 'note', order: id });
    const noted = Date.now(), [event, shown] = await page;
    if (event?.json.events.length !== 1) fail(`the page: ${event?.status} ${event?.text}`);
    pages.push(shown - noted);
    const fresh = await register(b, `new-in-list-${'abcdefghijklmnopqrst'[i]}`), made = Date.now();
    load.orders.set(fresh.json.id, { key: `new-in-list-${'abcdefghijklmnopqrst'[i]}`, at: made, acts: new Map() });
    const [answer, listed] = await list;
    if (answer?.json.fresh !== i + 1) fail(`the list: ${answer?.status} ${answer?.text}`);
    lists.push(listed - made);
  }
  const worst = Math.max(...lists, ...pages);
  if (worst > 1500) fail(`what was done at another server was shown after ${worst} ms`);
  const middle = values => Math.max(0, values.sort((x, y) => x - y)[values.length >> 1]);
  return { page: middle(pages), list: middle(lists), worst };
}

// Who has an order open at one server is named at the other.  Such news may be lost with a session that is cut: then the next are not.
async function presence(city, load) {
  const [a, b] = city.servers;
  const seen_by_other = async id => (await b.request('GET', `/api/v1/orders/${id}`, { Authorization: 'Bearer ' + city.second }))?.json?.looked_by?.length > 0;
  for (let i = 0; ; i++) {
    const key = `who-is-looking-${'abc'[i]}`, { json: { id } } = await register(a, key);
    load.orders.set(id, { key, at: Date.now(), acts: new Map() });
    await a.get(`/orders/${id}`);
    try {
      return await until('who else looks', 2000, () => seen_by_other(id));
    } catch (error) {
      if (i === 2) throw error;
    }
  }
}

async function everything_once(gateway) {
  const still = () => sql(`SELECT (SELECT COUNT(*) FROM event_new) || ' events, ' || (SELECT COUNT(*) FROM notice WHERE status = 'waiting')
    || ' messages'`);
  let left;
  const ms = await until('what the office has to do', 90000, () => (left = still()) === '0 events, 0 messages')
    .catch(() => fail(`the office does not come to its end: ${left}`));
  if (number(`SELECT COUNT(*) FROM event`) !== number(`SELECT COUNT(*) FROM event_feed`)) fail('not every event has a number');
  if (number(`SELECT COUNT(*) FROM (SELECT DISTINCT tenant, order_id, seq FROM event_feed) s`) !== number(`SELECT MAX(n) FROM event_feed`))
    fail('an event was numbered twice, or a number is missing');
  const sent = sql(`SELECT id FROM notice WHERE status = 'sent' AND channel = 'sms'`).split('\n').filter(Boolean);
  const lost = sent.filter(id => !gateway.times.has(id)), twice = [...gateway.times].filter(([, n]) => n > 1);
  if (lost.length) fail(`${lost.length} messages are marked as sent and were not`);
  // A server that dies between the gateway's answer and its mark leaves one message to be sent again, under the same id.
  if (twice.length > rounds + 1) fail(`${twice.length} messages were sent twice: ${twice.map(([id]) => id)}`);
  return { messages: sent.length, twice: twice.length, ms };
}

// A server dies while it sends: another one goes on when the lease has run out, and not before.
async function lease_passes_on(city, load, gateway) {
  gateway.slow = 400;
  for (let i = 0; i < 40; i++) {
    const answer = await register(city.servers[0], `leased-${'abcdefghij'[i % 10]}${'abcd'[Math.floor(i / 10)]}`);
    load.orders.set(answer.json.id, { key: `leased-${'abcdefghij'[i % 10]}${'abcd'[Math.floor(i / 10)]}`, at: Date.now(), acts: new Map() });
  }
  const row = () => sql(`SELECT holder || ' ' || until_at FROM job_lease WHERE job = 'orders.notices'`).split(' ');
  await until('a server sends', 10000, () => row()[0] !== '0');
  await Promise.all(city.servers.map(one => one.end('SIGKILL')));
  const died = Date.now(), [holder, ran] = row();
  if (holder === '0') fail('it was not sending any more: try again');
  gateway.slow = 3;
  await Promise.all(city.servers.slice(0, 2).map(one => one.spawn()));
  await until('the lease passes on', 2000 * LEASE_S, () => row()[1] !== ran);
  const took = Date.now() - died;
  /* It is renewed after a quarter of its time. */
  if (took < 1000 * LEASE_S / 4 * 3 - 500) fail(`the lease was taken after ${took} ms, though it had not run out`);
  await city.servers[2].spawn();
  return (took / 1000).toFixed(1);
}

const folder = mkdtempSync(join(tmpdir(), 'yimen-three-')), began = Date.now();
const gateway = new Gateway(), bucket = new Bucket();
let city;
try {
  const settings = [`key_file=${join(folder, 'city.key')}`, `sms_url=${await gateway.start()}`, `lease_seconds=${LEASE_S}`, 'store_writers=6', 'store_readers=4'];
  if (inBucket)
    settings.push('files=s3://files/city', `s3_endpoint=${await bucket.start()}`, 's3_region=cn-test-1', 's3_key=tester', 's3_secret=tester-secret');
  else
    settings.push(`files=${join(folder, 'files')}`);
  city = new Cities(yimen, folder, { store, settings: settings.join('\n') });
  city.init();
  city.run('user', 'add', 'colleague', '何静', '--post', 'clerk', '--unit', 'C01');
  city.second = /yt_[0-9]+\.[A-Za-z0-9_-]+/.exec(city.run('user', 'token', 'colleague', 'other', 'clerk', 'C01').stdout)?.[0];
  await city.start();
  const load = new Load(city, seed);
  for (let round = 0; round < rounds; round++) await storm(city, load);
  const stood = rounds > 1 ? await stop_dead(city, load) : null;
  const again = await ask_again(city, load);
  const seen = await look_across(city, load, 5);
  const present = await presence(city, load);
  const passed = await lease_passes_on(city, load, gateway);
  const once = await everything_once(gateway);
  const files = inBucket ? await bucket.files() : 0;
  if (inBucket && !files) fail('no file went into the bucket');
  await city.stop();
  verify(city);
  const { orders } = load.compare();
  console.log(`three servers, ${rounds} kills and cuts, seed ${seed}, ${Math.round((Date.now() - began) / 1000)} s: ${load.acts()} acts on ${orders} orders acknowledged, ` +
    `all there once; ${load.repeated} asked again, ${load.replayed} of them had been done; ${again} known keys at other servers: the same answers; ` +
    `${once.messages} messages (${once.twice} of them twice), each event numbered once; what one server did another showed after ` +
    `${seen.page} ms (page) and ${seen.list} ms (list) in the middle, at worst ${seen.worst} ms, who looks after ${present} ms` +
    (inBucket ? `; ${files} files in the bucket` : '') + `; a dead server's lease of ${LEASE_S} s passed on after ${passed} s` + (stood === null ? '' : `; writes went on ${stood} s after a server stood still`) + '; verify finds nothing');
} catch (error) {
  console.error(`seed ${seed}: ${error instanceof Failed ? error.message : error.stack}\n${city?.log?.() ?? ''}`);
  process.exitCode = 1;
} finally {
  for (const one of city?.servers ?? []) one.server?.kill('SIGKILL');
  city?.close();
  gateway.end();
  bucket.end();
  rmSync(folder, { recursive: true, force: true });
}
