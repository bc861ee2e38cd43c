// What those who work here do.
import { accessible, says, quiet, press, must, idNumber, PHONE, DESK } from './city.mjs';

export async function register(page, city, how = {}) {
  await page.goto(city.address + '/orders/new');
  await page.fill('input[name="parties[0].identity.paper_number"]', how.number ?? idNumber('19800214', 4));
  await page.fill('input[name="parties[0].identity.name"]', '赵小禾');
  await page.fill('input[name="parties[0].identity.phone"]', how.phone ?? '13900002675');
  await page.fill('textarea[name="content"]', '试用期第二个月被口头辞退，能要补偿吗？');
  await page.selectOption('select[name="matter"]', how.matter ?? 'legal-consultation');
  await page.fill('input[name="subject"]', how.subject ?? '试用期被辞退');
}

const send = (page) => press(page, 'form#register button[data-main]');
const openRow = (page, words) => press(page, page.locator(`tbody tr:has-text("${words}") a[data-open]`).first());

// The form of an action, wherever the page offers it.
async function chooseAct(page, city, action) {
  const form = page.locator(`form[action$="/act/${action}"]`);
  if (!await form.count()) {
    const link = page.locator(`a[href*="act=${action}"]`).first();
    await page.goto(city.address + (await link.getAttribute('href')).replace(/^\?/, new URL(page.url()).pathname + '?'));
  }
  return form;
}

// What an act still asks for gets the first answer there is.
async function fillRest(form) {
  for (const area of await form.locator('textarea').all())
    if (!await area.inputValue()) await area.fill('按实际情况填写。');
  for (const select of await form.locator('select').all())
    if (!await select.inputValue()) await select.selectOption({ index: 1 });
  for (const name of new Set(await form.locator('input[type=radio]').evaluateAll(all => all.map(e => e.name))))
    if (!await form.locator(`input[name="${name}"]:checked`).count()) await form.locator(`input[name="${name}"]`).first().check({ force: true });
  for (const input of await form.locator('input[type=text]').all())
    if (!await input.inputValue()) await input.fill('岚江一二三');
}

async function act(page, city, action, fill) {
  const form = await chooseAct(page, city, action);
  if (fill) await fill(form);
  await fillRest(form);
  await press(page, form.locator('button[data-main]'));
  const errors = page.locator('#errors');
  if (await errors.count()) throw new Error(`${action} is refused: ${await errors.innerText()}`);
}

export const staff = {
  'a clerk registers a consultation and answers it on the spot (K4 K5)': async (city) => {
    const page = await city.as('zhoumin');
    await register(page, city, { subject: '口头辞退要补偿' });
    await send(page);
    await says(page, '已登记');
    await press(page, 'a[data-main]');
    await says(page, '为什么是');
    await act(page, city, 'answer', form => form.locator('textarea').first().fill('可以主张违法解除的赔偿金。'));
    await says(page, '可以主张违法解除的赔偿金。');
    await quiet(page);
  },

  'a lawyer looks for a basis, keeps ticks while searching on, and puts them to an order (H8)': async (city) => {
    for (const javaScriptEnabled of [true, false]) {
      const page = await city.as('wuhaitao', DESK, { javaScriptEnabled });
      await register(page, city, { subject: '口头辞退要补偿' });
      await send(page);
      await press(page, 'a[data-main]');
      await press(page, 'a:has-text("查依据"):visible >> nth=-1');
      await page.fill('#s', '经济补偿 解除');
      await press(page, '#research button[data-main]');
      await says(page, '法规，共');
      const first = await page.locator('.found-title a').first().innerText();
      await page.locator('.found input[type=checkbox]').first().check();
      await page.fill('#s', '“违法解除” 或 赔偿金');
      await press(page, '#research button[data-main]');
      await page.locator('.found input[type=checkbox]').first().check();
      await press(page, 'button:has-text("把选中的附到这一件")');
      must(await page.locator('.found li').count() === 2, 'a tick is lost on the way');
      if (javaScriptEnabled) await accessible(page, 'the list of citations');
      await press(page, 'form button[data-main]');
      await says(page, '1. ' + first);
      await quiet(page);
    }
  },

  'the knowledge officer approves an answer, and a citizen finds it (H8)': async (city) => {
    const page = await city.as('wenjing');
    await page.goto(city.address + '/knowledge/proposals');
    await press(page, 'td a:has-text("房东不修")');
    await page.fill('#answer', await page.inputValue('#answer') + ' 电话 13900001234。');
    await press(page, 'button[value=approve]');
    await says(page, '长号码');
    await accessible(page, 'a proposal with an error');
    await page.fill('#answer', (await page.inputValue('#answer')).replace(/ 电话.*/, ''));
    await press(page, 'button[value=approve]');
    await says(page, '已通过');
    const citizen = await city.page(PHONE);
    for (let i = 0; i < 20; i++) {
      await citizen.goto(city.address + '/ask?q=' + encodeURIComponent('租的房子漏水，房东不修怎么办'));
      if ((await citizen.locator('main').innerText()).includes('先书面通知房东')) break;
      await citizen.waitForTimeout(1000);
    }
    await says(citizen, '先书面通知房东');
    await quiet(page);
    await quiet(citizen);
  },

  'a list and an order that stay open tell what a colleague does, within seconds and without being drawn anew': async (city) => {
    const page = await city.as('zhoumin'), list = await city.as('zhoumin'), order = await city.as('zhoumin');
    await register(page, city, { subject: '列表开着时登记的' });
    await send(page);
    await press(page, 'a[data-main]');
    await Promise.all([list.goto(city.address + '/orders?view=unit'), order.goto(page.url())]);
    const rows = await list.locator('tbody tr').count();
    await list.waitForTimeout(1500); // both ask, and are held
    await act(page, city, 'note', form => form.locator('textarea').first().fill('同事记的一笔'));
    await order.locator('[data-events]:not([hidden])').waitFor({ timeout: 5000 });
    await list.locator('[data-changes]:not(.quiet)').waitFor({ timeout: 5000 });
    must(await list.locator('tbody tr').count() === rows, 'a row jumped into the list');
    await quiet(list);
    await quiet(order);
  },

  'wrong input is said at each field, all at once, and what was typed stays': async (city) => {
    const page = await city.as('zhoumin');
    await register(page, city, { number: '990101198002144031', phone: '1390000267' });
    await send(page);
    await says(page, '有 2 处要改');
    await says(page, '联系电话要 11 位，现在是 10 位');
    must(await page.locator('.field.wrong .error').count() === 2, 'the words do not stand at both fields');
    must(await page.inputValue('textarea[name="content"]') === '试用期第二个月被口头辞退，能要补偿吗？', 'the words are lost');
    must(await page.inputValue('input[name="parties[0].identity.phone"]') === '1390000267', 'the phone is lost');
    must((await page.title()).startsWith('错误：'), 'the title does not say it');
    await accessible(page, 'register with errors');
    await quiet(page);
  },

  'a double click registers once, with and without JavaScript': async (city) => {
    for (const [javaScriptEnabled, subject] of [[true, '连点两次甲'], [false, '连点两次乙']]) {
      const page = await city.as('zhoumin', DESK, { javaScriptEnabled });
      await register(page, city, { subject });
      await page.locator('form#register button[data-main]').dblclick();
      await page.locator('h1:has-text("已登记")').waitFor();
      await page.goto(city.address + '/orders?view=mine');
      const found = await page.locator(`tbody tr:has-text("${subject}")`).count();
      must(found === 1, `${found} orders of one double click (script: ${javaScriptEnabled})`);
    }
  },

  'a group comes from a table: read in, listed, registered (W1)': async (city) => {
    const page = await city.as('zhoumin');
    await register(page, city, { subject: '五人同一件事' });
    const rows = ['姓名,身份证号,电话', ...[1, 2, 3, 4, 5].map(n => `钱${'一二三四五'[n - 1]},${idNumber('1990030' + n, 10 + n)},1390000100${n}`)];
    await page.locator('summary:has-text("从表格导入")').click();
    await page.setInputFiles('input[name=roster]', { name: '名册.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) });
    await press(page, 'button[name=_more][value=roster]');
    await says(page, '5 人');
    must(await page.inputValue('textarea[name="content"]') === '试用期第二个月被口头辞退，能要补偿吗？', 'the words are lost');
    await send(page);
    await says(page, '已登记');
    await press(page, 'a[data-main]');
    await says(page, '6 人');
    await quiet(page);
  },

  'a handler sees why a date is that date, and writes a note (K15)': async (city) => {
    const page = await city.as('chenliqun');
    await page.goto(city.address + '/orders?view=unit&step=examining');
    await press(page, 'tbody tr a[data-open]');
    await says(page, '时限义务');
    await says(page, '起算');
    await act(page, city, 'note', form => form.locator('textarea[name=text]').fill('已电话核实。'));
    await says(page, '已电话核实。');
    await quiet(page);
  },

  'the one-time notice is a PDF with a number, and it opens (K3)': async (city) => {
    const clerk = await city.as('zhoumin');
    await register(clerk, city, { matter: 'legal-aid-civil', subject: '要求支付赡养费' });
    await clerk.locator('textarea[name="content"]').blur();
    await clerk.locator('.own-fields select, .own-fields input').first().waitFor();
    await fillRest(clerk.locator('.own-fields'));
    await send(clerk);
    await says(clerk, '已登记');
    const href = await clerk.locator('a[data-main]').getAttribute('href');
    const page = await city.as('chenliqun');
    await page.goto(city.address + href);
    await act(page, city, 'begin');
    await act(page, city, 'correct-materials');
    await says(page, '待补充材料');
    const paper = page.locator('a[href*="/papers/"]:has-text("一次性告知")').first();
    const pdf = await page.request.get(city.address + await paper.getAttribute('href'));
    must(pdf.ok() && (await pdf.body()).subarray(0, 5).toString() === '%PDF-', `the notice is no PDF: ${pdf.status()}`);
    must((await pdf.body()).length > 5000, 'the notice is empty');
    await quiet(page);
  },

  'names are masked; the original is shown for a reason, and the look is on record (K17)': async (city) => {
    const page = await city.as('chenliqun');
    await page.goto(city.address + '/orders?view=unit&step=examining');
    await press(page, 'tbody tr a[data-open]');
    must(!/990101\d{11}[\dX]/.test(await page.locator('body').innerText()), 'an id number stands in the clear');
    await press(page, 'a:has-text("查看原文")');
    await press(page, 'form#unmask button');
    await says(page, '请选择理由');
    await page.locator('form#unmask label:has-text("核对证件")').click();
    await press(page, 'form#unmask button');
    must(/990101\d{11}[\dX]/.test(await page.locator('#parties').innerText()), 'the original is not shown');
    await says(page, '秒后收起');
    await press(page, 'a:has-text("现在收起")');
    must(!/990101\d{11}[\dX]/.test(await page.locator('body').innerText()), 'it stays in the clear');
    await quiet(page);
  },

  'a caller calls back; nobody rates unheard, and a bad rating opens its own loop (K9 K21)': async (city) => {
    const page = await city.as('hejing');
    await page.goto(city.address + '/orders?view=unit&step=calling');
    await press(page, 'tbody tr a[data-open]');
    const form = await chooseAct(page, city, 'call-back');
    await form.locator('select[name=rate_matter]').selectOption('1');
    await fillRest(form);
    await press(page, form.locator('button[data-main]'));
    await says(page, '没有联系上的，不能代为评价');
    must(await form.locator('select[name=rate_matter]').inputValue() === '1', 'what was chosen is lost');
    await form.locator('input[name=reached]').check();
    await press(page, form.locator('button[data-main]'));
    must(!await page.locator('#errors').count(), 'refused');
    await says(page, '待归档');
    await says(page, '差评');
    await quiet(page);
  },

  'a head assigns several at once, and each says so (K14)': async (city) => {
    const page = await city.as('zhaoming');
    // Two of one desk, to somebody who works there: whoever does not would be refused at each.
    await page.goto(city.address + '/orders?view=unit&step=examining');
    const boxes = page.locator('tbody input[name=ids]');
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await says(page, '已选 2 件');
    await page.locator('.bulk summary:has-text("分派给")').click();
    const officer = await page.locator('#bulk-staff option', { hasText: '唐毅' }).first().getAttribute('value');
    await page.selectOption('#bulk-staff', officer);
    await press(page, 'button[name=action][value=assign]');
    must(await page.locator('.result').count() === 1, 'the list does not say what became of it');
    await says(page, '2 件');
    await quiet(page);
  },

  'a head sees the whole city, a village station only its own (K1 K2)': async (city) => {
    const head = await city.as('zhaoming');
    await head.goto(city.address + '/orders?view=subtree');
    const village = await city.as('jinshui', PHONE);
    await village.goto(city.address + '/orders');
    const all = await head.locator('tbody tr').count(), own = await village.locator('tbody tr').count();
    must(all > own, `${all} of the city, ${own} of the village`);
  },

  'a stale page says what changed, and nothing typed is lost': async (city) => {
    const mine = await city.as('chenliqun'), other = await city.as('tangyi');
    await mine.goto(city.address + '/orders?view=unit&step=examining');
    await press(mine, 'tbody tr a[data-open]');
    await chooseAct(mine, city, 'note');
    await other.goto(mine.url());
    await act(other, city, 'note', form => form.locator('textarea[name=text]').fill('申请人明天再来。'));
    const form = mine.locator('form[action$="/act/note"]');
    await form.locator('textarea[name=text]').fill('我刚才正在写的话。');
    await press(mine, form.locator('button[data-main]'));
    await says(mine, '有了变化');
    await says(mine, '唐毅');
    must(await form.locator('textarea[name=text]').inputValue() === '我刚才正在写的话。', 'what was typed is lost');
    await press(mine, form.locator('button[data-main]'));
    await says(mine, '我刚才正在写的话。');
    must(!await mine.locator('[role=alert]').count(), 'the second time is refused too');
    await quiet(mine);
  },

  'the keyboard alone is enough: list, open, search': async (city) => {
    const page = await city.as('zhoumin');
    await page.goto(city.address + '/orders');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    must(/\/orders\/\d+/.test(page.url()), 'Enter opened ' + page.url());
    await page.keyboard.press('/');
    must(await page.evaluate(() => document.activeElement?.id) === 'q', '/ does not lead to the search');
    await quiet(page);
  },

  'registering works without JavaScript': async (city) => {
    const page = await city.as('zhoumin', DESK, { javaScriptEnabled: false });
    await register(page, city, { subject: '没有脚本也能登记' });
    await send(page);
    await says(page, '已登记');
    await page.goto(city.address + '/orders?view=mine');
    await openRow(page, '没有脚本也能登记');
    await says(page, '留痕');
  },
};
