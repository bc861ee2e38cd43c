/*
 * app.js - what the staff pages do better with a script.  Without it everything is there: links,
 * forms and buttons.  A control that needs this script is shown by it (hidden in the page's source).
 */
(() => {
    'use strict';

    const $ = (selector, root = document) => root.querySelector(selector);
    const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
    /* In the language of the page: shell/words.html. */
    const texts = $('#words');
    const words = (word, values = {}) => {
        const at = texts && $(`[data-word=${word}]`, texts.content);
        return Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, () => value), at ? at.textContent : '');
    };
    const store = {
        get(key) { try { return localStorage.getItem(key); } catch { return null; } },
        set(key, value) { try { localStorage.setItem(key, value); } catch { /* full or forbidden: the page works on */ } },
        drop(key) { try { localStorage.removeItem(key); } catch { /* as above */ } },
        keys() { try { return Object.keys(localStorage); } catch { return []; } },
    };
    const typing = (target) => target.closest && target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');

    /* --- Showing what needs a script, and what is open in place ------------------------------- */

    $$('[data-all], [data-print], [data-help], [data-keys-hint]').forEach((e) => { e.hidden = false; });
    $$('[data-print]').forEach((e) => e.addEventListener('click', () => window.print()));
    const summary = $('#errors');
    if (summary) summary.focus();

    const closePops = (but) => $$('details.pop[open]').forEach((e) => { if (e !== but) e.open = false; });
    document.addEventListener('click', (event) => closePops(event.target.closest('details.pop')));
    $$('details.pop').forEach((pop) => pop.addEventListener('toggle', () => {
        if (!pop.open) return;
        closePops(pop);
        const first = $('select, textarea, input, .sheet a', pop);
        if (first && pop.classList.contains('up')) first.focus();
    }));

    /* --- Submitting: once, with a word; asked before what cannot be undone -------------------- */

    document.addEventListener('submit', (event) => {
        const form = event.target, button = event.submitter;
        if (form.dataset.busy) { event.preventDefault(); return; }
        if (button && button.dataset.confirm && !window.confirm(button.dataset.confirm)) { event.preventDefault(); return; }
        if ((form.method || '').toLowerCase() !== 'post') return;
        if (form.hasAttribute('data-download')) return; /* a file comes, the page stays */
        form.dataset.busy = '1';
        const draft = form.dataset.draft || form.dataset.sent;
        if (draft && !(button && button.hasAttribute('formaction'))) store.set('sent', draft);
        if (button && button.classList.contains('filled')) {
            /* After the form was read: a changed button must not change what is sent. */
            setTimeout(() => { button.setAttribute('aria-busy', 'true'); button.dataset.was = button.innerHTML; button.textContent = words('busy'); });
        }
    });
    window.addEventListener('pageshow', () => $$('form[data-busy]').forEach((form) => {
        delete form.dataset.busy;
        $$('[aria-busy]', form).forEach((b) => { b.removeAttribute('aria-busy'); if (b.dataset.was) b.innerHTML = b.dataset.was; });
    }));

    /* --- The list: current row, ticks, bulk bar ------------------------------------------------ */

    const rows = $$('tr[data-row]');
    const bulk = $('#bulk');
    let current = -1;

    const go = (index) => {
        if (!rows.length) return;
        if (rows[current]) rows[current].classList.remove('current');
        current = Math.max(0, Math.min(rows.length - 1, index));
        rows[current].classList.add('current');
        $('[data-open]', rows[current]).focus({ preventScroll: true });
        rows[current].scrollIntoView({ block: 'nearest' });
        sessionStorage.setItem('row', location.pathname + location.search + '#' + $('[data-open]', rows[current]).pathname);
    };
    const tell = () => {
        if (!bulk) return;
        const ticked = rows.filter((row) => $('input', row).checked);
        const green = ticked.filter((row) => row.hasAttribute('data-green')).length;
        $('[data-bulk-count]', bulk).textContent = words('picked', { n: ticked.length });
        $('[data-bulk-green]', bulk).textContent = green ? words('green', { n: green }) : '';
        document.documentElement.classList.toggle('has-bulk', ticked.length > 0);
    };
    const all = $('[data-all]');
    if (all) all.addEventListener('change', () => { rows.forEach((row) => { $('input', row).checked = all.checked; }); tell(); });
    rows.forEach((row, index) => {
        row.addEventListener('change', tell);
        row.addEventListener('focusin', () => {
            if (current === index) return;
            if (rows[current]) rows[current].classList.remove('current');
            current = index;
            row.classList.add('current');
        });
    });
    const kept = (sessionStorage.getItem('row') || '').split('#');
    if (rows.length && kept[0] === location.pathname + location.search) {
        const index = rows.findIndex((row) => $('[data-open]', row).pathname === kept[1]);
        if (index >= 0) go(index);
    }
    tell();

    /* --- What changed since the page was drawn: a line, never a row that jumps ----------------- */

    const bar = $('[data-changes]'), live = $('[data-live]');
    let touched = Date.now();
    ['keydown', 'pointerdown', 'scroll'].forEach((type) => addEventListener(type, () => { touched = Date.now(); }, { passive: true }));
    /* One question at a time, answered when there is something new or after twenty seconds; who is
       not there asks nothing, and the session is left to end by itself. */
    const follow = (path, ask) => {
        let timer, asking = null;
        const again = (ms) => { clearTimeout(timer); timer = setTimeout(turn, ms); };
        async function turn() {
            if (asking || document.hidden || Date.now() - touched > 10 * 60 * 1000) return again(20000);
            const began = Date.now();
            let pause = 5000;
            asking = new AbortController();
            try {
                const answer = await fetch(`/api/v1${path()}`, { headers: { accept: 'application/json', prefer: 'wait=20' }, signal: asking.signal });
                if (!answer.ok) throw new Error(String(answer.status));
                const fresh = ask(await answer.json(), true);
                /* Nothing new, and at once: nobody there holds questions. */
                pause = fresh ? 1000 : Date.now() - began > 2000 ? 100 : 20000;
            } catch (trouble) {
                if (trouble.name !== 'AbortError') ask(null, false);
            }
            asking = null;
            again(pause);
        }
        document.addEventListener('visibilitychange', () => {
            if (document.hidden) { if (asking) asking.abort(); } else again(0);
        });
        again(1000);
    };

    if (bar) {
        const ids = rows.map((row) => $('input', row).value).join(',');
        let seen = '0.0';
        live.hidden = false;
        follow(() => `${bar.dataset.changes}&ids=${ids}&seen=${seen}`, (answer, there) => {
            live.classList.toggle('off', !there);
            live.lastChild.textContent = words(there ? 'live' : 'off');
            if (!there) return false;
            const now = `${answer.fresh}.${answer.changed}`, fresh = now !== seen;
            seen = now;
            if (answer.text) { bar.classList.remove('quiet'); $('[data-changes-text]', bar).textContent = answer.text; }
            return fresh;
        });
    }

    const trace = $('[data-events]');
    if (trace) {
        let seen = 0;
        follow(() => `${trace.dataset.events}&seen=${seen}`, (answer) => {
            if (!answer || answer.events.length === seen) return false;
            const { events } = answer, { who, title } = events[events.length - 1];
            seen = events.length;
            trace.hidden = false;
            $('[data-changes-text]', trace).textContent = words('traces', { n: events.length, who, title });
            return true;
        });
    }

    /* --- Live checks: here, not on the wire, so that no number stands in an address ------------ */

    const checks = {
        'id-number'(value) {
            if (!/^\d{17}[\dX]$/.test(value)) return value.length === 18 ? words('last') : words('eighteen', { n: value.length });
            const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
            const sum = weights.reduce((n, w, i) => n + w * Number(value[i]), 0);
            return '10X98765432'[sum % 11] === value[17] ? '' : words('wrong');
        },
        phone(value) {
            const digits = value.replace(/-/g, '');
            return /^1\d{10}$/.test(digits) || /^0\d{9,11}$/.test(digits) ? '' : words('eleven', { n: digits.length });
        },
        'credit-code'(value) { return value.length === 18 ? '' : words('eighteen', { n: value.length }); },
    };
    const praise = { 'id-number': words('right'), phone: '', 'credit-code': '' };
    const plain = (text) => text.normalize('NFKC').replace(/\s/g, '').toUpperCase();
    document.addEventListener('input', (event) => {
        const box = event.target, kind = box.dataset && box.dataset.check;
        if (box.dataset && box.dataset.most) {
            let counter = box.parentElement.querySelector('[data-counter]');
            if (!counter) {
                counter = document.createElement('p');
                counter.className = 'hint';
                counter.dataset.counter = '';
                box.after(counter);
            }
            counter.textContent = words('typed', { n: [...box.value].length, most: Number(box.dataset.most).toLocaleString() });
        }
        if (!kind || !checks[kind]) return;
        const value = plain(box.value);
        const field = box.closest('.field');
        const wrong = value && !/^[A-Z]{1,2}\d/.test(value) ? checks[kind](value) : '';
        let good = $('.after', field), bad = $('[data-live-error]', field);
        if (!good) {
            good = document.createElement('span');
            good.className = 'after right-word';
            box.after(good);
        }
        if (!bad) {
            bad = document.createElement('p');
            bad.className = 'hint live-wrong';
            bad.dataset.liveError = '';
            bad.setAttribute('role', 'status');
            field.append(bad);
        }
        good.textContent = value && !wrong ? praise[kind] : '';
        bad.textContent = wrong;
    });

    /* --- Drafts: what was typed stays on this machine until it is sent or signed out ----------- */

    const forms = $$('form[data-draft]');
    const names = (form) => [...form.elements].filter((e) => e.name && !e.name.startsWith('_') && !['hidden', 'file', 'password', 'submit', 'button'].includes(e.type));
    const sent = store.get('sent');
    if (sent && !$('#errors') && !$('[role=alert]')) store.drop('draft:' + sent);
    store.drop('sent');
    /* An error page that sends the form again: the draft goes when that has come. */
    if (sent && $('form[data-again]')) $('form[data-again]').dataset.sent = sent;
    forms.forEach((form) => {
        const key = 'draft:' + form.dataset.draft;
        let timer;
        const save = () => {
            const values = names(form).map((e) => [e.name, e.value, e.type === 'checkbox' || e.type === 'radio' ? e.checked : null]);
            const typed = names(form).some((e) => (e.matches('textarea, input[type=text]') && e.value !== e.defaultValue));
            if (typed) store.set(key, JSON.stringify({ at: Date.now(), values }));
        };
        form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(save, 800); });
        const draft = JSON.parse(store.get(key) || 'null');
        if (!draft || $('#errors') || Date.now() - draft.at > 24 * 3600 * 1000) { if (draft && !$('#errors')) store.drop(key); return; }
        const time = new Date(draft.at).toLocaleTimeString('zh-CN', { hour: '2-digit', minute: '2-digit', hour12: false });
        const note = document.createElement('div');
        note.className = 'note draft-note';
        note.innerHTML = '<span></span> <button type="button" class="link"></button> <button type="button" class="link"></button>';
        note.firstChild.textContent = words('draft', { time });
        const [again, away] = $$('button', note);
        again.textContent = words('again');
        away.textContent = words('away');
        again.addEventListener('click', () => {
            draft.values.forEach(([name, value, checked]) => names(form).filter((e) => e.name === name).forEach((e) => {
                if (checked === null) e.value = value;
                else if (e.value === value) e.checked = checked;
            }));
            note.remove();
            refresh();
        });
        away.addEventListener('click', () => { store.drop(key); note.remove(); });
        form.before(note);
    });
    /* Drafts of others who used this machine do not stay. */
    if ($('.signing')) store.keys().filter((key) => key.startsWith('draft:')).forEach(store.drop);

    /* --- Registering: the right column follows what is typed ----------------------------------- */

    const register = $('form[data-refresh]');
    let asked = 0;
    async function refresh() {
        if (!register) return;
        const turn = ++asked;
        const data = new FormData(register);
        [...data.entries()].forEach(([name, value]) => { if (value instanceof File) data.delete(name); });
        try {
            const answer = await fetch(register.dataset.refresh, { method: 'POST', body: data, headers: { 'x-csrf-token': document.body.dataset.csrf } });
            if (!answer.ok || turn !== asked) return;
            const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
            $$('[data-region]').forEach((region) => {
                const fresh = $(`[data-region="${region.dataset.region}"]`, page);
                if (fresh && !region.contains(document.activeElement) && fresh.innerHTML !== region.innerHTML) region.innerHTML = fresh.innerHTML;
            });
        } catch { /* the button "看建议和期限" is still there */ }
    }
    if (register) {
        let timer;
        register.addEventListener('change', (event) => {
            if (event.target.name === 'anonymous') { const b = $('[formaction]', register); b.click(); return; }
            if (!/^(content|matter|then|limitation_from|parties\[\d+\]\.identity\.(paper_number|name|phone|kind)|fields\..*)$/.test(event.target.name || '')) return;
            clearTimeout(timer);
            timer = setTimeout(refresh, 150);
        });
        register.addEventListener('click', (event) => {
            const pick = event.target.closest('[data-pick]');
            if (!pick) return;
            event.preventDefault();
            $('#matter').value = pick.dataset.pick;
            pick.blur();
            refresh();
        });
        const from = Date.now(), spent = $('[data-spent]');
        if (spent) {
            spent.hidden = false;
            const show = () => {
                const s = Math.floor((Date.now() - from) / 1000);
                spent.textContent = words('spent', { m: Math.floor(s / 60), s: s % 60 });
            };
            show();
            setInterval(show, 1000);
        }
    }
    $$('select[data-combo]').forEach((select) => {
        const box = document.createElement('input');
        box.className = 'input combo';
        box.type = 'search';
        box.autocomplete = 'off';
        box.placeholder = words('combo');
        box.setAttribute('aria-label', words('matters'));
        const pair = document.createElement('span');
        pair.className = 'combo-pair';
        select.before(pair);
        pair.append(box, select);
        box.addEventListener('input', () => {
            const typed = box.value.trim().toLowerCase();
            let first = null;
            $$('option', select).forEach((option) => {
                const fits = !typed || !option.value || (option.textContent + ' ' + (option.dataset.words || '')).toLowerCase().includes(typed);
                option.hidden = option.disabled = !fits;
                if (fits && option.value && !first) first = option;
            });
            if (typed && first) select.value = first.value;
        });
        box.addEventListener('keydown', (event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            select.dispatchEvent(new Event('change', { bubbles: true }));
            select.focus();
        });
        box.addEventListener('change', () => select.dispatchEvent(new Event('change', { bubbles: true })));
    });

    /* --- Names in the clear are masked again ---------------------------------------------------- */

    const shown = $('[data-remask]');
    if (shown) {
        let left = Number(shown.dataset.remask);
        setInterval(() => {
            left -= 1;
            $('[data-seconds]', shown).textContent = words('seconds', { n: Math.max(0, left) });
            if (left <= 0) location.replace($('a', shown).href);
        }, 1000);
    }

    /* --- Keys ----------------------------------------------------------------------------------- */

    const single = () => document.body.dataset.keys !== 'off' && store.get('keys') !== 'off';
    let help;
    function showHelp() {
        if (!help) {
            help = document.createElement('dialog');
            help.className = 'keys';
            help.setAttribute('aria-label', words('keys'));
            help.innerHTML = '<h2></h2><dl></dl><label class="tick"><input type="checkbox"><span></span></label><p class="buttons"><button class="button" type="button"></button></p>';
            $('h2', help).textContent = words('keys');
            $('span', help).textContent = words('single');
            $('button', help).textContent = words('close');
            const list = $('dl', help);
            (texts ? $$('dt', texts.content) : []).forEach((name) => {
                const row = document.createElement('div'), dt = document.createElement('dt'), dd = document.createElement('dd');
                const cap = document.createElement('kbd');
                cap.textContent = name.textContent;
                dt.append(cap);
                dd.textContent = name.nextElementSibling.textContent;
                row.append(dt, dd);
                list.append(row);
            });
            const tick = $('input', help);
            tick.checked = single();
            tick.addEventListener('change', () => (tick.checked ? store.drop('keys') : store.set('keys', 'off')));
            $('button', help).addEventListener('click', () => help.close());
            document.body.append(help);
        }
        help.showModal();
    }
    $$('[data-help]').forEach((e) => e.addEventListener('click', showHelp));

    const press = (key) => {
        const target = $(`[data-key="${key}"]`);
        if (!target || target.offsetParent === null) return false;
        target.click();
        return true;
    };
    let second = false;
    document.addEventListener('keydown', (event) => {
        if (event.isComposing || (help && help.open)) return;
        if (event.ctrlKey && event.key === 'Enter') {
            const form = event.target.closest && event.target.closest('form');
            const main = (form && $('[data-main]', form)) || $('[data-main]');
            if (main) { event.preventDefault(); main.click(); }
            return;
        }
        /* The key that stands at a button presses it, as the browser would, in every browser alike. */
        const marked = event.altKey && /^[a-z]$/.test(event.key) && $(`[accesskey="${event.key}"]`);
        if (marked) { event.preventDefault(); marked.click(); return; }
        if (event.altKey && /^[1-5]$/.test(event.key)) {
            const section = $('#s' + event.key);
            const first = section && $('input:not([type=hidden]), select, textarea', section);
            if (first) { event.preventDefault(); section.scrollIntoView({ block: 'start' }); first.focus(); }
            return;
        }
        if (event.key === 'Escape') {
            closePops();
            if (document.activeElement && typing(document.activeElement)) document.activeElement.blur();
            else if (rows.some((row) => $('input', row).checked)) { rows.forEach((row) => { $('input', row).checked = false; }); if (all) all.checked = false; tell(); }
            return;
        }
        if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !single()) return;
        if (second) {
            second = false;
            const to = { l: '/orders', r: '/orders/new' }[event.key];
            if (to) { event.preventDefault(); location.href = to; }
            return;
        }
        const acts = {
            '?': showHelp,
            '/': () => $('#q') && $('#q').focus(),
            j: () => go(current + 1),
            k: () => go(current < 0 ? 0 : current - 1),
            x: () => { if (rows[current]) { const box = $('input', rows[current]); box.checked = !box.checked; tell(); } },
            Enter: () => rows[current] && !event.target.closest('a, button, summary') && $('[data-open]', rows[current]).click(),
            f: () => { const first = $('.filter'); if (first) { first.open = true; $('summary', first).focus(); } },
            g: () => { second = true; setTimeout(() => { second = false; }, 1200); },
            n: () => press('n'), a: () => press('a'), '.': () => press('.'),
        };
        if (!acts[event.key]) return;
        if (event.key !== 'Enter') event.preventDefault();
        acts[event.key]();
    });
})();
