// Stories in the browser: clerk, handler, head, citizen; at a desk and on a phone; with and without JavaScript.
import { mkdirSync } from 'node:fs';
import { open, accessible, fits, says, idNumber, PHONE, DESK, WIDE } from './city.mjs';

const [, , address, demoLog, mode, folder] = process.argv;
const city = await open(address, demoLog);
const stories = [];
const story = (name, run) => stories.push({ name, run });

async function quiet(page) {
  if (page.complaints.length) throw new Error('the console says: ' + page.complaints.join(' | '));
}

// K4 K5: the clerk registers a visitor; what is wrong is said at its field, what was typed stays.
async function registerConsultation(page, options = {}) {
  await page.goto(city.address + '/orders/new');
  await page.fill('input[name="parties[0].identity.paper_number"]', options.number ?? idNumber('19800214', 4));
  await page.fill('input[name="parties[0].identity.name"]', '赵小禾');
  await page.fill('input[name="parties[0].identity.phone"]', options.phone ?? '13900002675');
  await page.fill('textarea[name="content"]', '试用期第二个月被口头辞退，能要补偿吗？');
  await page.selectOption('select[name="matter"]', 'legal-consultation');
  await page.fill('input[name="subject"]', '试用期被辞退');
}

story('a clerk registers a consultation and answers it on the spot (K4 K5)', async () => {
  const page = await city.page();
  await city.signIn(page, 'zhoumin');
  await registerConsultation(page);
  await Promise.all([page.waitForNavigation(), page.click('button[name=then][value=""], form[action="/orders"] button.filled')]);
  await quiet(page);
  await page.goto(city.address + '/orders?view=mine');
  await says(page, '试用期被辞退');
  await page.click('a:has-text("试用期被辞退"), tr:has-text("试用期被辞退") a');
  await says(page, '为什么是');
  await page.locator('form[action*="/act/answer"] textarea[name="result"]').fill('可以主张违法解除的赔偿金。');
  await Promise.all([page.waitForNavigation(), page.locator('form[action*="/act/answer"] button.filled').click()]);
  await says(page, '已答复');
  await quiet(page);
});

story('wrong input is said at each field, all at once, and what was typed stays (bad input)', async () => {
  const page = await city.page();
  await city.signIn(page, 'zhoumin');
  await registerConsultation(page, { number: '990101198002144030', phone: '1390000267' });
  await Promise.all([page.waitForNavigation(), page.click('form[action="/orders"] button.filled')]);
  await says(page, '有 2 处要改');
  if (await page.inputValue('textarea[name="content"]') !== '试用期第二个月被口头辞退，能要补偿吗？') throw new Error('the words are lost');
  if (await page.inputValue('input[name="parties[0].identity.phone"]') !== '1390000267') throw new Error('the phone is lost');
  if (!(await page.title()).startsWith('错误：')) throw new Error('the title does not say it');
  await accessible(page, 'register with errors');
});

story('a handler opens an order, sees why a date is that date, and writes a note (K15)', async () => {
  const page = await city.page();
  await city.signIn(page, 'chenliqun');
  await page.goto(city.address + '/orders?view=unit');
  await page.locator('tbody tr a').first().click();
  await says(page, '时限义务');
  await says(page, '起算');
  const note = page.locator('form[action*="/act/note"]');
  if (!await note.locator('textarea').first().isVisible()) await page.locator('a[href*="act=note"], a[href="#act-note"], summary:has-text("记情况")').first().click();
  await page.locator('form[action*="/act/note"] textarea[name="text"]').fill('已电话核实。');
  await Promise.all([page.waitForNavigation(), page.locator('form[action*="/act/note"] button[type=submit], form[action*="/act/note"] button').last().click()]);
  await says(page, '已电话核实。');
  await quiet(page);
});

story('names are masked; the original is shown for a reason, and the look is on record (K17)', async () => {
  const page = await city.page();
  await city.signIn(page, 'chenliqun');
  await page.goto(city.address + '/orders?view=unit');
  await page.locator('tbody tr a').first().click();
  const masked = await page.locator('body').innerText();
  if (/99010119\d{10}/.test(masked)) throw new Error('an id number stands in the clear');
  await page.locator('summary:has-text("查看原文"), a:has-text("查看原文")').first().click();
  await page.locator('form[action*="/unmask"] button').first().click();
  await page.waitForLoadState();
  if (!/990101\d{11}[\dX]/.test(await page.locator('body').innerText())) throw new Error('the original is not shown');
});

story('a head sees the whole city, a village station only its own (K1 K2)', async () => {
  const head = await city.page();
  await city.signIn(head, 'zhaoming');
  await head.goto(city.address + '/orders?view=subtree');
  const all = await head.locator('tbody tr').count();
  const village = await city.page(PHONE);
  await city.signIn(village, 'jinshui');
  await village.goto(city.address + '/orders');
  const own = await village.locator('tbody tr').count();
  if (!(all > own)) throw new Error(`${all} of the city, ${own} of the village`);
});

story('a citizen applies on a phone, one thing a page, and tracks with number and code', async () => {
  const page = await city.page(PHONE);
  await page.goto(city.address + '/guide/legal-consultation');
  await page.locator('a[href="/apply/start/legal-consultation"]').first().click();
  for (let step = 0; step < 12 && !await page.locator('button:has-text("交申请")').count(); step++) {
    await fits(page, page.url());
    await accessible(page, 'apply ' + page.url());
    await fillStep(page);
    await Promise.all([page.waitForNavigation(), page.locator('main button.filled').first().click()]);
    if ((await page.title()).startsWith('错误')) throw new Error('step refused: ' + await page.locator('main').innerText());
  }
  await says(page, '看一遍');
  await Promise.all([page.waitForNavigation(), page.click('button:has-text("交申请")')]);
  const text = await page.locator('main').innerText();
  const number = /LJ\d+-\d{8}-\d{5}/.exec(text)?.[0], code = /[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/.exec(text)?.[0];
  if (!number || !code) throw new Error('no number or code: ' + text);
  city.codes.unshift({ number, code });
  await city.track(page, 0);
  await says(page, '经过');
  await accessible(page, 'track');
  await fits(page, 'track');
  await quiet(page);
});

// Fill whatever a step asks, as a person would.
async function fillStep(page) {
  const answers = { name: '何小川', phone: '13900004321', number: idNumber('19900315', 7), address: '双塔街道枣园社区' };
  for (const input of await page.locator('main input:not([type=hidden]):not([type=radio]):not([type=checkbox]):not([type=file]):visible').all()) {
    const name = await input.getAttribute('name');
    if (await input.inputValue()) continue;
    const kind = /number/.test(name) ? 'number' : /phone/.test(name) ? 'phone' : /address/.test(name) ? 'address' : /name/.test(name) ? 'name' : null;
    if (await input.getAttribute('type') === 'date') continue;
    if (kind) await input.fill(answers[kind]);
  }
  for (const area of await page.locator('main textarea:visible').all())
    if (!await area.inputValue()) await area.fill('公司拖欠三个月工资，怎么要？');
  for (const group of new Set(await page.locator('main input[type=radio]').evaluateAll(all => all.map(e => e.name))))
    if (!await page.locator(`main input[name="${group}"]:checked`).count()) await page.locator(`main input[name="${group}"]`).first().check({ force: true });
}

story('a wrong code is refused in words that help', async () => {
  const page = await city.page(PHONE);
  await page.goto(city.address + '/track');
  await page.fill('input[name=no]', city.codes[0].number);
  await page.fill('input[name=code]', '0000-0000-0000-0000');
  await Promise.all([page.waitForNavigation(), page.click('main form button')]);
  await says(page, '工单号或查询码不对');
});

story('everything works without JavaScript', async () => {
  const page = await city.page(DESK, { javaScriptEnabled: false });
  await city.signIn(page, 'zhoumin');
  await registerConsultation(page);
  await Promise.all([page.waitForNavigation(), page.click('form[action="/orders"] button.filled')]);
  await says(page, '已登记');
  await page.goto(city.address + '/orders?view=mine');
  await says(page, '试用期被辞退');
  const phone = await city.page(PHONE, { javaScriptEnabled: false });
  await city.track(phone, 0);
  await says(phone, '经过');
});

// Each page kind: accessible, and nothing wider than the window.
const staffPages = ['/orders', '/orders?view=mine', '/orders?status=closed', '/orders/new', '/account'];
const publicPages = ['/', '/?elder=1', '/guide', '/guide/legal-aid-wage', '/places', '/track', '/speak', '/privacy', '/accessibility', '/sign-in', '/no-such-page', '/apply/resume'];

story('each staff page is accessible and fits 360, 1280 and 1920 pixels', async () => {
  for (const viewport of [DESK, PHONE, WIDE]) {
    const page = await city.page(viewport);
    await city.signIn(page, 'zhoumin');
    for (const path of staffPages) {
      await page.goto(city.address + path);
      await fits(page, `${path} at ${viewport.width}`);
      await accessible(page, `${path} at ${viewport.width}`);
    }
    await page.goto(city.address + '/orders');
    await page.locator('tbody tr a').first().click();
    await fits(page, `order at ${viewport.width}`);
    await accessible(page, `order at ${viewport.width}`);
    await quiet(page);
  }
});

story('each citizen page is accessible and fits 360 and 1920 pixels', async () => {
  for (const viewport of [PHONE, WIDE]) {
    const page = await city.page(viewport);
    for (const path of publicPages) {
      await page.goto(city.address + path);
      await fits(page, `${path} at ${viewport.width}`);
      await accessible(page, `${path} at ${viewport.width}`);
    }
    await city.track(page, 0);
    await fits(page, `track at ${viewport.width}`);
    for (const path of ['/track/order?elder=1', '/track/why', '/track/looks', '/track/supplement'])
      await page.goto(city.address + path).then(() => accessible(page, path)).then(() => fits(page, path));
    await quiet(page);
  }
});

story('the keyboard alone is enough: search, list, open (keys)', async () => {
  const page = await city.page();
  await city.signIn(page, 'zhoumin');
  await page.goto(city.address + '/orders');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  if (!/\/orders\/\d+/.test(page.url())) throw new Error('Enter opened ' + page.url());
  await page.keyboard.press('/');
  if (await page.evaluate(() => document.activeElement?.id) !== 'q') throw new Error('/ does not lead to the search');
});

// Pictures for whoever wants to look.
async function shots(into) {
  mkdirSync(into, { recursive: true });
  const take = async (page, name, full = false) => page.screenshot({ path: `${into}/${name}.png`, fullPage: full });
  for (const [size, viewport] of [['1280', DESK], ['360', PHONE], ['1920', WIDE]]) {
    const page = await city.page(viewport);
    await city.signIn(page, 'zhoumin');
    for (const [name, path] of [['worklist', '/orders'], ['register', '/orders/new']]) {
      await page.goto(city.address + path);
      await take(page, `${name}-${size}`);
    }
    const officer = await city.page(viewport);
    await city.signIn(officer, 'chenliqun');
    await officer.goto(city.address + '/orders?view=mine');
    await officer.locator('tbody tr a').first().click();
    await take(officer, `order-${size}`, true);
  }
  const phone = await city.page(PHONE);
  for (const [name, path] of [['home', '/'], ['home-elder', '/?elder=1'], ['matter', '/guide/legal-aid-wage?elder=0'], ['places', '/places'], ['error', '/no-such-page']]) {
    await phone.goto(city.address + path);
    await take(phone, `citizen-${name}`, true);
  }
  await city.track(phone, 0);
  await take(phone, 'citizen-track', true);
  await phone.goto(city.address + '/track/order?elder=1');
  await take(phone, 'citizen-track-elder', true);
}

if (mode === '--shots') {
  await shots(folder);
} else {
  let failed = 0;
  for (const { name, run } of stories) {
    if (mode && !name.includes(mode)) continue;
    const began = Date.now();
    try {
      await run();
      console.log(`ok    ${name} (${Date.now() - began} ms)`);
    } catch (error) {
      failed++;
      console.log(`FAIL  ${name}\n      ${error.message.split('\n').slice(0, 6).join('\n      ')}`);
    }
  }
  process.exitCode = failed ? 1 : 0;
}
await city.close();
