// The question and its answer: on a phone, on a wide screen, without JavaScript, in large type.
import { accessible, fits, says, quiet, press, must, PHONE, WIDE } from './city.mjs';

const question = '老板拖欠四个月工资，没签合同，怎么要回来？';

export const asking = {
  'a citizen asks on a phone: the law, what to do here, a person; all of it without a script': async (city) => {
    const page = await city.page(PHONE, { javaScriptEnabled: false });
    await page.goto(city.address + '/');
    await page.fill('#q', question);
    await press(page, '.ask button');
    for (const words of ['法律怎么说', '在这里可以办', '找人问', '看全文']) await says(page, words);
    await fits(page, 'the answer', WIDE, PHONE);
    await press(page, '.quote h3 a');
    await says(page, '现行有效');
    await fits(page, 'an article', WIDE, PHONE);
    await page.goBack();
    await press(page, 'form[action^="/apply/begin/"] button.filled');
    must((await page.locator('main textarea').first().inputValue()).includes('老板拖欠四个月工资'), 'what was typed goes along');
  },

  'the pages of answers and laws are accessible and fit 360 and 1920 pixels': async (city) => {
    const page = await city.page(PHONE);
    for (const path of ['/ask', '/ask?q=' + encodeURIComponent(question), '/ask?q=' + encodeURIComponent('我老公天天打我，我不敢回家'),
      '/ask?q=' + encodeURIComponent('红烧肉怎么做好吃'), '/laws', '/laws?q=' + encodeURIComponent('劳动合同法'), '/laws/article/L0084.30', '/answers/lecoqa-2', '/ask/thanks']) {
      await page.goto(city.address + path);
      await fits(page, path, WIDE, PHONE);
      await accessible(page, path);
    }
    await quiet(page);
  },

  'a clerk quotes an article and takes the first matter by one key each': async (city) => {
    const clerk = await city.as('zhoumin');
    await clerk.goto(city.address + '/orders/new');
    await clerk.fill('textarea[name="content"]', '在工地干了四个月，包工头一直不发工资，只打了一张欠条。');
    await clerk.locator('textarea[name="content"]').blur();
    await clerk.locator('#aside:has-text("可引的法条")').waitFor();
    await Promise.all([clerk.waitForNavigation(), clerk.keyboard.press('Alt+w')]);
    must(/^《.+》第.+条/.test(await clerk.locator('textarea[name="remark"]').inputValue()), 'the article stands in the remark');
    await clerk.keyboard.press('Alt+q');
    await clerk.waitForFunction(() => document.querySelector('select[name=matter]').value);
    await accessible(clerk, 'the law beside the form');
    await quiet(clerk);
  },

  'large type: an answer keeps its size and its targets': async (city) => {
    const page = await city.page(PHONE);
    await page.goto(city.address + '/?elder=1');
    await page.goto(city.address + '/ask?q=' + encodeURIComponent(question));
    await fits(page, 'the answer in large type');
    await accessible(page, 'the answer in large type');
    const small = await page.locator('main a.button:visible, main button.filled:visible, main .human:visible, main summary:visible')
      .evaluateAll(all => all.map(e => [Math.round(e.getBoundingClientRect().height), e.textContent.trim()]).filter(([height]) => height < 60));
    must(!small.length, `too low: ${small.map(s => s.join(' ')).join(', ')}`);
  },
};
