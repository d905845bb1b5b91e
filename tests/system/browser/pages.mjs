// Looks at every page of the admin in Chromium: pages.mjs URL ADMIN_TOKEN SCREENSHOT_DIR URL_WITHOUT_KEYS
// Prints one fault in each line; nothing when all is well.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [base, adminToken, shots, newBase] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pages = ['/dashboard', '/keys', '/keys/1', '/tokens', '/tokens/1', '/requests', '/errors', '/config',
  '/config/models', '/config/proxies', '/config/history', '/audit', '/help', '/playground', '/no-such-page'];
const looks = [];
for (const width of [390, 1280])
  for (const scheme of ['light', 'dark'])
    looks.push({ width, scheme, locale: (width === 390) === (scheme === 'light') ? 'zh-CN' : 'en-US', script: true, axe: true });
looks.push({ width: 1280, scheme: 'light', locale: 'en-US', script: false });
looks.push({ width: 390, scheme: 'light', locale: 'zh-CN', script: false });

const faults = [];
const fault = (where, what) => faults.push(`${where}: ${what}`);

async function signIn(page, at = base) {
  await page.goto(`${at}/`);
  await page.fill('#auth_token', adminToken);
  await page.click('button.primary');
  await page.waitForURL('**/dashboard');
}

// What is wrong with the page that is open.
async function inspect(page, where, look) {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (wider > 0) fault(where, `${wider} pixels wider than the window`);
  // A card hides what does not fit into it.
  const cut = await page.evaluate(() => [...document.querySelectorAll('.card td, .card th, .card button, .card dd')].filter((each) => {
    const box = each.getBoundingClientRect();
    const head = each.closest('thead');
    if (head && getComputedStyle(head).position === 'absolute') return false; // for screen readers only
    return box.width > 1 && !each.closest('.scroll') && box.right > each.closest('.card').getBoundingClientRect().right + 0.5;
  }).map((each) => each.outerHTML.slice(0, 120)));
  if (cut.length) fault(where, `cut at the right: ${cut.slice(0, 2).join(' | ')}`);
  const half = await page.evaluate(() => [...document.querySelectorAll('input[placeholder]')].filter((each) => {
    const style = getComputedStyle(each);
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const room = each.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return each.clientWidth > 1 && pen.measureText(each.placeholder).width > room + 1;
  }).map((each) => `${each.name || each.id}: ${each.placeholder}`));
  if (half.length) fault(where, `no room for the hint of ${half.slice(0, 3).join(' | ')}`);
  if (!look.axe) return;
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const each of found.violations.filter((one) => ['serious', 'critical'].includes(one.impact)))
    fault(where, `${each.id}: ${each.nodes.slice(0, 2).map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

async function walk(browser, look) {
  const name = `${look.width}-${look.scheme}-${look.locale}${look.script ? '' : '-noscript'}`;
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 }, colorScheme: look.scheme, locale: look.locale,
    javaScriptEnabled: look.script, bypassCSP: false,
  });
  const page = await context.newPage();
  let where = 'login';
  page.on('console', (message) => message.type() === 'error' && where !== '/no-such-page' && fault(`${name} ${where}`, message.text()));
  page.on('pageerror', (error) => fault(`${name} ${where}`, error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) fault(`${name} ${where}`, `asks ${request.url()}`);
  });
  await page.goto(`${base}/`);
  await inspect(page, `${name} login`, look);
  await page.screenshot({ path: `${shots}/login-${name}.png`, fullPage: true });
  await signIn(page);
  for (const path of pages) {
    where = path;
    const answer = await page.goto(base + path);
    if (answer.status() !== (path === '/no-such-page' ? 404 : 200)) fault(`${name} ${path}`, `status ${answer.status()}`);
    await inspect(page, `${name} ${path}`, look);
    await page.screenshot({ path: `${shots}/${path.slice(1).replaceAll('/', '-')}-${name}.png`, fullPage: true });
  }
  await context.close();
}

// What people do without scripts: every action is a form, and what cannot be undone asks on a page of its own.
async function usePlainly(browser, width, locale) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, locale, javaScriptEnabled: false });
  const page = await context.newPage();
  const where = `plain ${width} ${locale}`;
  const done = async (what) => { if (await page.locator('.flash.good').count() !== 1) fault(where, `${what} does not say that it was done`); };
  await signIn(page);

  await page.goto(`${base}/keys`);
  await page.click('details.add summary');
  await page.fill('#keys', `AIzaSyPlain${width}-Zr3TmVx7Lp2Nc8Yd5Hs1Fg6JuA9kQ4w`.slice(0, 39));
  await page.fill('details.add [name=label]', 'plain');
  await page.uncheck('details.add [name=verify]');
  await page.click('details.add button.primary');
  await done('adding');
  await page.goto(`${base}/keys?tag=plain`);
  await page.check('tbody input[name=id]');
  await page.click('.bulk button[value=edit]');
  await page.fill('[name=cap_requests_day]', '50');
  await page.click('button.primary');
  await done('editing');
  await page.goto(`${base}/keys?tag=plain`);
  for (const action of ['pause', 'resume']) {
    await page.click(`tbody button[value^=${action}]`);
    await done(action);
  }
  await page.goto(`${base}/keys?tag=plain`);
  await page.click('tbody button[data-copy-secret]');
  if (!(await page.textContent('.secret-text')).startsWith('AIzaSyPlain')) fault(where, 'a key is not shown');
  await page.goto(`${base}/keys?tag=plain`);
  await page.click('tbody button[value^=delete]');
  if (!await page.isVisible('.confirm-card')) fault(where, 'deleting does not ask');
  await page.screenshot({ path: `${shots}/confirm-${width}-plain-${locale}.png`, fullPage: true });
  await page.click('.confirm-card button.danger');
  await done('deleting');

  await page.goto(`${base}/config/proxies`);
  await page.click('button.primary');
  if (await page.locator('.chip').count() < 1) fault(where, 'the proxies were not tried');
  await page.goto(`${base}/config/models`);
  await page.check('tbody input[name=model] >> nth=0');
  await page.selectOption('[name=setting]', 'SEARCH_MODELS');
  await page.click('.use-models button');
  await done('choosing a model');
  await page.goto(`${base}/config`);
  await page.click('#s-SEARCH_MODELS button[name=reset]');
  await done('resetting a setting');
  await page.goto(`${base}/config/history`);
  await page.click('button:has-text("Undo"), button:has-text("撤销") >> nth=0');
  await done('undoing');

  await page.goto(`${base}/playground`);
  await page.fill('[name=text]', 'Say <b>hello</b>');
  await page.click('form.playground button.primary');
  if (!await page.isVisible('[data-answer]') || !await page.textContent('[data-answer]')) fault(where, 'no answer is shown');
  for (const fact of ['status', 'attempts', 'first', 'whole', 'tokens'])
    if (!await page.textContent(`[data-fact=${fact}]`)) fault(where, `an answer comes without ${fact}`);
  if (await page.locator('[data-fact=key] a[href*="/keys/"]').count() !== 1) fault(where, 'the chosen key is not told');
  if (await page.inputValue('[name=text]') !== 'Say <b>hello</b>') fault(where, 'the question is lost');
  await inspect(page, `${where} playground`, { axe: false });
  await page.screenshot({ path: `${shots}/playground-answer-${width}-plain-${locale}.png`, fullPage: true });
  await page.fill('[name=model]', 'no-such-model');
  await page.click('form.playground button.primary');
  if (await page.locator('.note.bad[role=alert]').count() !== 1) fault(where, 'a failure is not told');
  await context.close();
}

// What people do, with scripts.
async function use(browser, width, locale) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, locale });
  const page = await context.newPage();
  page.on('pageerror', (error) => fault('use', error.message));
  page.on('console', (message) => message.type() === 'error' && !/40[04]/.test(message.text()) && fault(`use ${width}`, message.text()));
  await signIn(page);

  await page.goto(`${base}/keys`);
  if (width > 600) await page.click('[data-all]');
  else for (const box of await page.locator('tbody input[name=id]').all()) await box.check();
  if (!/ 3/.test(await page.textContent('[data-selected]'))) fault('keys', 'select all does not count');
  await page.click('button[name=action][value=delete]');
  if (!await page.isVisible('#confirm[open]')) fault('keys', 'deleting does not ask');
  await page.click('#confirm [data-close]');

  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${base}/keys`);
  await page.locator('[data-copy-secret]').first().click();
  await page.waitForSelector('[data-copy-secret].done');
  if (!(await page.evaluate(() => navigator.clipboard.readText())).startsWith('AQ.Test_')) fault('keys', 'copying a key gives something else');

  await page.goto(`${base}/config`);
  await page.fill('.groups input[type=search]', 'max_failures');
  if (await page.locator('.setting:visible').count() !== 1) fault('settings', 'finding one does not work');
  await page.fill('#f-MAX_FAILURES', 'abc');
  await page.click('.save-bar button');
  await page.waitForSelector('#s-MAX_FAILURES .field-error');
  if (await page.inputValue('#f-MAX_FAILURES') !== 'abc') fault('settings', 'what was typed is lost');
  await page.click('.flash a[href$="#s-MAX_FAILURES"]');
  if (await page.inputValue('#f-MAX_FAILURES') !== 'abc') fault('settings', 'going to what is wrong loses what was typed');
  await page.fill('#f-MAX_FAILURES', String(width).slice(0, 1) + '1');
  await page.click('.save-bar button');
  await page.waitForSelector('.flash.good');

  await page.goto(`${base}/playground`);
  for (const token of [0, 1]) { // the admin's own, and one of the clients'
    await page.selectOption('[name=token]', { index: token });
    await page.click('form.playground button.primary');
    await page.waitForFunction(() => document.querySelector('[data-fact=whole]').textContent !== '');
    if (await page.textContent('[data-fact=status]') !== '200' || !await page.textContent('[data-answer]'))
      fault('playground', await page.textContent('[data-problem]'));
    if (!await page.textContent('[data-fact=first]')) fault('playground', 'nobody says when the first word came');
    await page.waitForSelector('[data-fact=key] a[href*="/keys/"]');
  }
  await page.screenshot({ path: `${shots}/playground-answer-${width}-${locale}.png`, fullPage: true });
  await page.focus('[name=model]');
  await page.waitForSelector('#try-models option', { state: 'attached' });
  await page.fill('[name=model]', 'no-such-model');
  await page.click('form.playground button.primary');
  await page.waitForSelector('[data-problem] [role=alert]');
  await context.close();
}

// Nobody has added a key yet: the dashboard says what to do, in three steps that lead there.
async function beginHere(browser, width, locale, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, locale, colorScheme });
  const page = await context.newPage();
  const where = `first run ${width} ${locale}`;
  await signIn(page, newBase);
  if (await page.locator('.first ol > li:has(a)').count() !== 3) fault(where, 'there are no three steps');
  await inspect(page, where, { axe: true });
  await page.screenshot({ path: `${shots}/first-run-${width}-${colorScheme}-${locale}.png`, fullPage: true });
  await context.close();
}

mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
});
try {
  await usePlainly(browser, 1280, 'en-US');
  await usePlainly(browser, 390, 'zh-CN');
  await use(browser, 1280, 'en-US');
  await use(browser, 390, 'zh-CN');
  await beginHere(browser, 1280, 'en-US', 'light');
  await beginHere(browser, 390, 'zh-CN', 'dark');
  const waiting = [...looks];
  const work = async () => { while (waiting.length) await walk(browser, waiting.shift()); };
  await Promise.all([work(), work()]);
} finally {
  await browser.close();
}
if (faults.length) console.log(faults.join('\n'));
