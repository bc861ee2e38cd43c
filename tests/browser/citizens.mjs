// What citizens do, most of them on a phone.
import { accessible, fits, says, quiet, press, must, idNumber, PHONE } from './city.mjs';

// Fill whatever a step asks, as a person would.
async function fillStep(page) {
  const answers = { name: '何小川', phone: '13900004321', id_number: idNumber('19900315', 7), address: '双塔街道枣园社区' };
  for (const [name, value] of Object.entries(answers)) {
    const box = page.locator(`main input[name="${name}"]`);
    if (await box.count() && !await box.inputValue()) await box.fill(value);
  }
  for (const area of await page.locator('main textarea').all())
    if (!await area.inputValue()) await area.fill('公司拖欠三个月工资，怎么要？');
  for (const select of await page.locator('main select').all())
    if (!await select.inputValue()) await select.selectOption({ index: 1 });
  for (const name of new Set(await page.locator('main input[type=radio]').evaluateAll(all => all.map(e => e.name))))
    if (!await page.locator(`main input[name="${name}"]:checked`).count()) await page.locator(`main input[name="${name}"]`).first().check({ force: true });
}

// From the matter's page to the number and the code; `look` sees each step.
async function apply(page, city, matter, look = async () => {}) {
  await page.goto(city.address + '/guide/' + matter);
  await press(page, `a[href="/apply/start/${matter}"]`);
  for (let step = 0; step < 12 && !/apply\/check/.test(page.url()); step++) {
    await look(page);
    await fillStep(page);
    await press(page, 'main button.filled');
    if (await page.locator('#errors').count()) throw new Error('a step is refused: ' + await page.locator('#errors').innerText());
  }
  await says(page, '看一遍，再交');
  await look(page);
  await press(page, 'main button.filled');
  const text = await page.locator('main').innerText();
  const number = /LJ\d+-\d{8}-\d{5}/.exec(text)?.[0], code = /[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/.exec(text)?.[0];
  must(number && code, 'no number or code: ' + text);
  return { number, code };
}

async function act(page, href, fill) {
  await press(page, `a[href^="${href}"]`);
  await fits(page, href);
  if (fill) await fill();
  await fillStep(page);
  await press(page, 'main button.filled');
  if (await page.locator('#errors').count()) throw new Error(`${href} is refused: ` + await page.locator('#errors').innerText());
}

// The smallest picture there is, padded: what a phone's camera would send.
const photo = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), Buffer.from('JFIF\0'), Buffer.alloc(400, 1), Buffer.from([0xff, 0xd9])]);

export const citizens = {
  'a citizen applies on a phone, one thing a page, and tracks with number and code': async (city) => {
    const page = await city.page(PHONE);
    const mine = await apply(page, city, 'legal-consultation', async () => {
      await fits(page, page.url());
      if (/start|check/.test(page.url())) await accessible(page, page.url());
    });
    await city.track(page, mine);
    await says(page, '经过');
    await accessible(page, 'track');
    await fits(page, 'track');
    await quiet(page);
  },

  'a citizen takes the application back': async (city) => {
    const page = await city.page(PHONE);
    await city.track(page, await apply(page, city, 'legal-consultation'));
    await act(page, '/track/act/withdraw', () => page.locator('main input[type=text], main textarea').first().fill('已经自己谈好了'));
    await says(page, '撤回');
    must(!await page.locator('a[href="/track/act/withdraw"]').count(), 'it can be taken back twice');
    await quiet(page);
  },

  'what is missing is handed in from the phone': async (city) => {
    const page = await city.page(PHONE);
    await city.track(page, city.code('补材料'));
    await press(page, 'main a.button.filled');
    await says(page, '还缺');
    await press(page, '.cards a.name');
    await page.setInputFiles('input[type=file]', { name: '照片.jpg', mimeType: 'image/jpeg', buffer: photo });
    await fillStep(page);
    await press(page, 'main button.filled');
    if (await page.locator('#errors').count()) throw new Error('refused: ' + await page.locator('#errors').innerText());
    await page.goto(city.address + '/track/supplement');
    await says(page, '传上来了');
    await quiet(page);
  },

  'what is finished is rated, and complained of': async (city) => {
    const page = await city.page(PHONE);
    await city.track(page, city.code('已经办结'));
    await act(page, '/track/act/rate-later');
    await says(page, '评价');
    await act(page, '/track/act/complain');
    await says(page, '投诉');
    await quiet(page);
  },

  'a wrong code is refused in words that help': async (city) => {
    const page = await city.page(PHONE);
    await city.track(page, { number: city.codes[0].number, code: '0000-0000-0000-0000' });
    await says(page, '工单号和查询码对不上');
    must(await page.inputValue('input[name=no]') === city.codes[0].number, 'the number is lost');
    await accessible(page, 'a wrong code');
  },

  'applying and tracking work without JavaScript': async (city) => {
    const page = await city.page(PHONE, { javaScriptEnabled: false });
    await city.track(page, await apply(page, city, 'legal-consultation'));
    await says(page, '经过');
  },
};
