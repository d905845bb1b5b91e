/* Comfort for the pages; everything works without it. No framework, no build step. */
(function () {
  'use strict';

  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  /* A message that stands in the address is shown once. */
  function forgetFlash() {
    const url = new URL(location.href);
    const names = ['flash', 'sig', 'note', 'lang', 'theme'];
    if (!names.some((name) => url.searchParams.has(name))) return;
    names.forEach((name) => url.searchParams.delete(name));
    history.replaceState(null, '', url);
  }

  async function copyText(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = document.createElement('textarea'); /* plain http has no clipboard API */
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }

  function setUpCopy() {
    all('[data-copy]').forEach((button) => {
      const title = button.title;
      button.hidden = false;
      button.addEventListener('click', async () => {
        await copyText(button.dataset.copy);
        button.title = button.dataset.done;
        button.classList.add('done');
        setTimeout(() => {
          button.title = title;
          button.classList.remove('done');
        }, 1500);
      });
    });
  }

  /* A whole key goes to the clipboard from the answer that shows it; where that fails, the page is shown. */
  function setUpCopySecret(button) {
    const { title } = button;
    button.addEventListener('click', async (event) => {
      event.preventDefault();
      const body = new URLSearchParams({ csrf: button.form.elements.csrf.value });
      try {
        const answer = await fetch(button.getAttribute('formaction'), { method: 'POST', body });
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        await copyText(page.querySelector('.secret-text').textContent);
        button.title = button.dataset.done;
        button.classList.add('done');
        setTimeout(() => { button.title = title; button.classList.remove('done'); }, 1500);
      } catch {
        button.form.setAttribute('action', button.getAttribute('formaction'));
        button.form.submit();
      }
    });
  }

  /* Select all, and how many are selected. */
  function setUpList(list) {
    const boxes = all('input[name="id"]', list);
    const master = list.querySelector('[data-all]');
    const bulk = list.querySelector('[data-bulk]');
    const text = list.querySelector('[data-selected]');
    if (!master || !text) return;
    const everything = list.querySelector('[data-everything]');
    const refresh = () => {
      let count = boxes.filter((box) => box.checked).length;
      master.checked = count > 0 && count === boxes.length;
      master.indeterminate = count > 0 && count < boxes.length;
      if (everything && everything.checked) count = Number(everything.dataset.everything);
      text.textContent = text.dataset.selected.replace('{n}', count);
      bulk.classList.toggle('some', count > 0);
      all('button', bulk).forEach((button) => { button.disabled = count === 0; });
      list.dataset.count = count;
    };
    let last = null;
    list.addEventListener('click', (event) => {
      const index = boxes.indexOf(event.target);
      if (index < 0) return;
      if (event.shiftKey && last !== null) {
        const [from, to] = [Math.min(index, last), Math.max(index, last)];
        boxes.slice(from, to + 1).forEach((box) => { box.checked = event.target.checked; });
      }
      last = index;
    });
    list.addEventListener('change', (event) => {
      if (event.target === master) boxes.forEach((box) => { box.checked = master.checked; });
      refresh();
    });
    master.hidden = false;
    refresh();
  }

  /* A dialog in place of the page that asks. */
  function setUpConfirm() {
    const dialog = document.getElementById('confirm');
    if (!dialog || !dialog.showModal) return;
    let pending = null;
    document.addEventListener('click', (event) => {
      const button = event.target.closest('button[data-confirm]');
      if (!button || !button.form) return;
      event.preventDefault();
      pending = button;
      const texts = button.form.dataset; /* data-confirm names the question */
      dialog.querySelector('h2').textContent = texts[button.dataset.confirm].replace('{n}', texts.count);
      dialog.querySelector('p').textContent = texts.detail;
      dialog.querySelector('[data-ok]').textContent = texts.ok;
      dialog.showModal();
    });
    all('dialog [data-close]').forEach((close) => close.addEventListener('click', () => close.closest('dialog').close()));
    dialog.querySelector('[data-ok]').addEventListener('click', () => {
      const form = pending.form;
      const confirmed = document.createElement('input');
      confirmed.type = 'hidden';
      confirmed.name = 'confirm';
      confirmed.value = '1';
      form.append(confirmed);
      pending.removeAttribute('data-confirm');
      form.requestSubmit(pending);
      dialog.close();
    });
  }

  /* Long work tells how it goes, key by key. */
  function setUpProgress(button) {
    const form = button.form;
    const dialog = document.getElementById('progress');
    if (!dialog || !dialog.showModal) return;
    const bar = dialog.querySelector('progress');
    const list = dialog.querySelector('ul');
    const show = (step) => {
      bar.max = step.total;
      bar.value = step.done;
      dialog.querySelector('p').textContent = `${step.done} / ${step.total}`;
      const row = document.createElement('li');
      const word = document.createElement('span');
      word.className = `finding ${step.finding}`;
      word.textContent = step.status ? `${step.word} ${step.status}` : step.word;
      row.append(step.hint, ' ', word, step.text ? ` ${step.text}` : '');
      list.prepend(row);
    };
    async function run() {
      const body = new URLSearchParams(new FormData(form));
      body.set('action', button.value);
      const answer = await fetch(form.getAttribute('action'), { method: 'POST', body, headers: { Accept: 'application/x-ndjson' } });
      if (!answer.ok) throw new Error(String(answer.status));
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const lines = (rest + value).split('\n');
        rest = lines.pop();
        lines.forEach((line) => show(JSON.parse(line)));
      }
    }
    button.addEventListener('click', async (event) => {
      event.preventDefault();
      dialog.querySelector('h2').textContent = form.dataset.verifying;
      list.replaceChildren();
      dialog.showModal();
      try {
        await run();
        dialog.querySelector('h2').textContent = form.dataset.verified;
      } catch (error) {
        dialog.querySelector('p').textContent = error.message;
      }
    });
    dialog.addEventListener('close', () => location.reload());
  }

  /* How many keys a pasted text seems to hold. The server decides. */
  function setUpPaste() {
    const area = document.getElementById('keys');
    const note = document.querySelector('[data-key-count]');
    if (!area || !note) return;
    const isKey = (word) =>
      /^AIza[\w-]{35}$/.test(word) || /^AQ\.[\w.-]{20,}$/.test(word) ||
      (/^[\w-]{20,256}$/.test(word) && /\d/.test(word) && /[A-Za-z]/.test(word) &&
       !/^(AIza|gen-lang-client-|gemini-|gemma-|imagen-|text-embedding-)/.test(word));
    area.addEventListener('input', () => {
      const found = new Set(area.value.split(/[^\w.-]+/).filter(isKey));
      note.textContent = area.value.trim() ? note.dataset.keyCount.replace('{n}', found.size) : '';
    });
  }

  function setUpSelects() {
    all('select[data-submit]').forEach((select) => {
      select.addEventListener('change', () => select.form.requestSubmit());
    });
  }

  /* Settings of models: the list that is known fills the field. */
  function setUpPick(select) {
    const field = document.getElementById(select.dataset.adds);
    select.append(...all('#model-list option').map((each) => new Option(each.value, each.value)));
    select.closest('.pick').hidden = select.options.length < 2;
    select.addEventListener('change', () => {
      const lines = field.value.split('\n').filter(Boolean);
      if (select.value && !lines.includes(select.value)) field.value = [...lines, select.value].join('\n');
      select.value = '';
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }

  /* What takes a while says so. */
  function setUpBusy(form) {
    form.addEventListener('submit', (event) => {
      const button = event.submitter;
      if (button) setTimeout(() => { button.textContent = form.dataset.busy; button.disabled = true; });
    });
  }

  /* Settings: find one, count what is not saved, and ask before leaving it behind. */
  function setUpSettings(form) {
    const rows = all('.setting', form);
    const note = form.querySelector('[data-unsaved]');
    const find = form.querySelector('[data-find]');
    const none = form.querySelector('[data-none]');
    const fields = rows.flatMap((row) => all('[name]', row));
    const valueOf = (field) => (field.type === 'checkbox' ? String(field.checked) : field.value);
    const first = new Map(fields.map((field) => [field, valueOf(field)]));
    let dirty = 0;
    form.classList.add('watched');
    if (all('.setting.touched', form).length) form.classList.add('dirty');
    form.addEventListener('input', (event) => {
      const row = event.target.closest('.setting');
      if (!row || !first.has(event.target)) return;
      row.classList.toggle('touched', valueOf(event.target) !== first.get(event.target));
      dirty = rows.filter((each) => each.classList.contains('touched')).length;
      form.classList.toggle('dirty', dirty > 0);
      note.textContent = dirty ? note.dataset.unsaved.replace('{n}', dirty) : '';
    });
    form.addEventListener('submit', () => { dirty = 0; });
    addEventListener('beforeunload', (event) => { if (dirty) event.preventDefault(); });
    find.hidden = false;
    find.addEventListener('input', (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/);
      let shown = 0;
      rows.forEach((row) => {
        const text = row.querySelector('.setting-text').textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      });
      all('.group', form).forEach((group) => {
        group.hidden = all('.setting', group).every((row) => row.hidden);
      });
      none.hidden = shown > 0;
      event.stopPropagation();
    });
    find.querySelector('input').addEventListener('keydown', (event) => {
      if (event.key === 'Enter') event.preventDefault();
    });
  }

  /* Shows the page's newest numbers, unless somebody is busy with what stands there. */
  function setUpLive(part) {
    const isBusy = () => document.hidden || part.querySelector('details[open], input:checked, :focus-visible') ||
      document.querySelector('dialog[open]');
    setInterval(async () => {
      if (isBusy()) return;
      try {
        const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
        if (!answer.ok || answer.redirected) return;
        const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-live]');
        if (next && !isBusy()) part.replaceChildren(...next.childNodes);
      } catch { /* the next try may work */ }
    }, part.dataset.live * 1000);
  }

  /* One chat through the clients' own route; the text comes as it is made. */
  function setUpPlayground(form) {
    const $ = (selector) => form.querySelector(selector);
    const { admin, asking } = form.dataset;
    const [answer, thoughts, stop, problem] = ['answer', 'thoughts', 'stop', 'problem'].map((name) => $(`[data-${name}]`));
    const send = $('[type=submit]');
    const link = (path, text) => Object.assign(document.createElement('a'), { href: admin + path, textContent: text });
    form.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    const fact = (name, ...values) => $(`[data-fact="${name}"]`).replaceChildren(...values);
    let controller = null;
    let number = null;
    let started = 0;

    /* Which keys it took: the log knows a moment later. */
    async function tellKeys() {
      for (let i = 0; number && i < 20; i++) {
        await new Promise((done) => { setTimeout(done, 250); });
        const reply = await fetch(`${admin}/api/logs/requests/${number}/attempts`);
        const tries = reply.ok ? (await reply.json()).tries : [];
        if (!tries.length) continue;
        fact('key', ...tries.flatMap((each) => [link(`/keys/${each.key_id}`, each.key || `#${each.key_id}`), ` ${each.latency_ms} ms `]));
        fact('attempts', link(`/requests/${number}`, tries.length));
        return;
      }
    }
    const since = () => `${Math.round(performance.now() - started)} ms`;

    function fail(status, words) {
      const why = $(`[data-why="${status}"]`) || $('[data-why="0"]');
      const note = Object.assign(document.createElement('p'), { className: 'note bad', textContent: `${why.textContent} ${words}` });
      note.setAttribute('role', 'alert');
      problem.replaceChildren(note);
    }

    function take(choice, usage) {
      const part = choice.delta || choice.message || {};
      if ((part.content || part.reasoning_content) && !$('[data-fact="first"]').textContent) fact('first', since());
      if (part.reasoning_content) { thoughts.hidden = false; thoughts.textContent += part.reasoning_content; }
      if (part.content && 'waiting' in answer.dataset) { delete answer.dataset.waiting; answer.textContent = ''; }
      if (part.content) answer.textContent += part.content;
      if (usage) fact('tokens', `${usage.prompt_tokens} / ${usage.completion_tokens}`);
    }

    async function readStream(body) {
      const reader = body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const lines = (rest + value).split('\n');
        rest = lines.pop();
        lines.filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]').forEach((line) => {
          const event = JSON.parse(line.slice(6));
          if (event.error) throw new Error(event.error.message);
          take((event.choices || [])[0] || {}, event.usage);
        });
      }
    }

    async function ask() {
      const body = new URLSearchParams(new FormData(form));
      const Accept = body.has('stream') ? 'text/event-stream' : 'application/json';
      const reply = await fetch(form.getAttribute('action'), { method: 'POST', headers: { Accept }, body, signal: controller.signal });
      fact('status', reply.status);
      number = reply.headers.get('X-Log-Id');
      if (!reply.ok) return fail(reply.status, ((await reply.json().catch(() => ({}))).error || {}).message || '');
      if (body.has('stream')) return readStream(reply.body);
      const whole = await reply.json();
      return take(whole.choices[0] || {}, whole.usage);
    }

    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      controller = new AbortController();
      started = performance.now();
      ['key', 'status', 'attempts', 'first', 'whole', 'tokens'].forEach((name) => fact(name));
      problem.replaceChildren();
      thoughts.hidden = true;
      thoughts.textContent = '';
      answer.textContent = asking;
      answer.dataset.waiting = '1';
      answer.hidden = $('[data-facts]').hidden = stop.hidden = false;
      send.disabled = true;
      try {
        await ask();
      } catch (error) {
        if (error.name !== 'AbortError') fail(0, error.message);
      }
      answer.hidden = 'waiting' in answer.dataset;
      fact('whole', since());
      stop.hidden = true;
      send.disabled = false;
      tellKeys();
    });
    stop.addEventListener('click', () => controller.abort());
    form.elements.model.addEventListener('focus', async () => {
      const list = form.querySelector('datalist');
      const reply = list.options.length ? null : await fetch(`${admin}/api/config/ui/models`).catch(() => null);
      if (reply && reply.ok) list.replaceChildren(...(await reply.json()).data.map((model) => new Option(model.id, model.id)));
    }, { once: true });
  }

  /* On a phone the pages scroll sideways: the present one is in sight. */
  all('.nav [aria-current]').forEach((link) => { link.parentNode.scrollLeft = link.offsetLeft - 100; });
  forgetFlash();
  setUpCopy();
  all('[data-copy-secret]').forEach(setUpCopySecret);
  all('[data-list]').forEach(setUpList);
  setUpConfirm();
  all('[data-progress]').forEach(setUpProgress);
  setUpPaste();
  setUpSelects();
  all('[data-settings]').forEach(setUpSettings);
  all('[data-adds]').forEach(setUpPick);
  all('[data-busy]').forEach(setUpBusy);
  all('[data-live]').forEach(setUpLive);
  all('[data-playground]').forEach(setUpPlayground);
})();
