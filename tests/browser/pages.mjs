// Each page kind: accessible, and nothing wider than the window.
import { accessible, fits, quiet, press, must, PHONE, DESK, WIDE } from './city.mjs';

const staffPages = [
  ['zhoumin', ['/orders?view=unit&due=overdue', '/orders/new', '/account', '/due?start=2026-09-14T10:00&limit=20+working+days']],
  ['shilei', ['/admin/staff', '/admin/units', '/admin/calendar']],
  ['anran', ['/admin/security', '/admin/tokens']],
  ['shenjian', ['/audit?word=sign-in', '/audit?word=power']],
  ['wuhaitao', ['/research', '/research?kind=law&s=%E7%BB%8F%E6%B5%8E%E8%A1%A5%E5%81%BF', '/research?kind=law&s=%22', '/research?kind=order']],
  ['wenjing', ['/knowledge', '/knowledge?show=topics', '/knowledge/proposals', '/knowledge/words', '/knowledge/files']],
];
const publicPages = ['/', '/guide', '/guide/legal-aid-wage', '/places', '/track', '/speak', '/privacy', '/accessibility', '/sign-in', '/no-such-page', '/apply/resume'];
const trackPages = ['/track/order', '/track/why', '/track/looks', '/track/supplement'];

async function look(page, city, path) {
  if (path) await page.goto(city.address + path);
  await fits(page, path ?? page.url(), WIDE, PHONE);
  await accessible(page, path ?? page.url());
}

export const pages = {
  'each staff page is accessible and fits 360, 1280 and 1920 pixels': async (city) => {
    for (const [login, paths] of staffPages) {
      const page = await city.as(login);
      for (const path of paths) {
        await page.setViewportSize(DESK);
        await page.goto(city.address + path);
        await accessible(page, path);
        await fits(page, path, WIDE, PHONE);
      }
      await quiet(page);
    }
    const page = await city.as('zhoumin');
    await page.goto(city.address + '/orders?view=unit');
    await press(page, 'tbody tr a[data-open]');
    await accessible(page, 'an order');
    await fits(page, 'an order', WIDE, PHONE);
    await quiet(page);
  },

  'each citizen page is accessible and fits 360 and 1920 pixels': async (city) => {
    const page = await city.page(PHONE);
    for (const path of publicPages) await look(page, city, path);
    await city.track(page, city.code('正在办理'));
    for (const path of trackPages) await look(page, city, path);
    await quiet(page);
  },

  'in English: accessible, and the longer words fit 360 pixels': async (city) => {
    const page = await city.page(PHONE);
    await city.track(page, city.code('正在办理'));
    for (const path of ['/?lang=en', '/guide/legal-aid-wage', '/apply/start/legal-aid-wage', '/places', '/track/order', '/track/complain', '/?elder=1'])
      await look(page, city, path);
    must(await page.evaluate(() => document.documentElement.lang) === 'en', 'the language is kept');
    await quiet(page);
  },

  'elder mode: text of 22 pixels, targets of 60, no sideways scrolling': async (city) => {
    const page = await city.page(PHONE);
    await page.goto(city.address + '/?elder=1');
    await city.track(page, city.code('正在办理'));
    for (const path of ['/', '/guide/legal-aid-wage', '/track/order', '/apply/start/legal-consultation']) {
      await page.goto(city.address + path);
      await fits(page, path);
      await accessible(page, path + ' (elder)');
      const text = await page.evaluate(() => parseFloat(getComputedStyle(document.querySelector('main')).fontSize));
      must(text >= 22, `${path}: text of ${text} px`);
      const small = await page.locator('main a.button:visible, main button.filled:visible, main .doors a:visible, main .human:visible, main .way:visible, main input.input:visible')
        .evaluateAll(all => all.map(e => [Math.round(e.getBoundingClientRect().height), e.textContent.trim() || e.name]).filter(([height]) => height < 60));
      must(!small.length, `${path}: too low: ${small.map(s => s.join(' ')).join(', ')}`);
    }
  },
};
