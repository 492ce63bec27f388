# The live page: one file without outside assets, drawn with `textContent` only.

fn page_head() -> String do
  """
  <!DOCTYPE html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Mesher live</title>
  <style>
    :root { color-scheme: light dark; --line: #8884; --soft: #8881; }
    body { font: 14px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 1rem; }
    header, .bar { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin-bottom: .8rem; }
    h1 { font-size: 1.2rem; margin: 0; }
    h2 { font-size: 1rem; margin: 1.2rem 0 .5rem; }
    input, select, button { font: inherit; padding: .25rem .5rem; }
    #project { width: 22rem; max-width: 100%; }
    #state { font-weight: 600; }
    #state.on { color: #1a9c4b; }
    #state.wait { color: #c98a00; }
    #state.off { color: #d23f31; }
    table { border-collapse: collapse; width: 100%; }
    th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
    ul { list-style: none; margin: 0; padding: 0; }
    li { display: grid; grid-template-columns: 5rem 5.5rem 1fr 5rem; gap: .6rem; padding: .35rem .5rem; border-bottom: 1px solid var(--line); }
    li .text { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; overflow-wrap: anywhere; }
    .badge { border-radius: .3rem; padding: 0 .4rem; background: var(--soft); text-align: center; }
    .fatal, .error { background: #d23f3133; }
    .warning { background: #c98a0033; }
    .quiet { color: #888; padding: .6rem; }
    #toasts { position: fixed; right: 1rem; bottom: 1rem; }
    #toasts div { background: #333; color: #fff; padding: .6rem .9rem; border-radius: .4rem; margin-top: .4rem; }
  </style>
  </head>
  <body>
  <header>
    <h1>Mesher</h1>
    <form id="open"><input id="project" placeholder="project id" aria-label="project id"> <button>Watch</button></form>
    <span id="state" class="off">Disconnected</span>
  </header>
  <div class="bar">
    <strong>Unresolved issues: <span id="unresolved">0</span></strong>
    <span><span id="session">0</span> events this session</span>
  </div>
  <div class="bar">
    <select id="level" aria-label="level">
      <option value="">All</option><option>fatal</option><option>error</option><option>warning</option><option>info</option><option>debug</option>
    </select>
    <input id="environment" placeholder="environment" aria-label="environment">
    <input id="search" placeholder="search" aria-label="search">
    <button id="pause" type="button">Pause</button>
    <button id="clear" type="button">Clear</button>
  </div>
  <h2>Live events</h2>
  <div id="empty" class="quiet">Waiting for events...</div>
  <ul id="events"></ul>
  <h2>Unresolved issues</h2>
  <table>
    <thead><tr><th>Title</th><th>Level</th><th>Events</th><th>Last seen</th><th>Actions</th></tr></thead>
    <tbody id="issues"></tbody>
  </table>
  <div id="toasts"></div>
  """
end

fn page_script() -> String do
  """
    'use strict';
    const LIMIT = 200;
    const at = id => document.getElementById(id);
    let project = PROJECT, socket = null, attempt = 0, retry = 0, paused = false, session = 0, entries = [];

    function element(tag, text, cls) {
      const node = document.createElement(tag);
      if (text !== undefined) node.textContent = text;
      if (cls) node.className = cls;
      return node;
    }

    function ago(time) {
      const seconds = Math.max(0, Math.floor((Date.now() - time) / 1000));
      if (seconds < 60) return seconds + 's ago';
      if (seconds < 3600) return Math.floor(seconds / 60) + 'm ago';
      if (seconds < 86400) return Math.floor(seconds / 3600) + 'h ago';
      if (seconds < 2592000) return Math.floor(seconds / 86400) + 'd ago';
      return Math.floor(seconds / 2592000) + 'mo ago';
    }

    function badge(level) {
      const known = ['fatal', 'error', 'warning', 'info', 'debug'].includes(level);
      return element('span', level, 'badge' + (known ? ' ' + level : ''));
    }

    function toast(text, time) {
      const node = element('div', text);
      at('toasts').append(node);
      setTimeout(() => node.remove(), time);
    }

    function show(text, cls) {
      at('state').textContent = text;
      at('state').className = cls;
    }

    function drawEvents() {
      const wanted = at('search').value.toLowerCase();
      const shown = entries.filter(e => !wanted || e.haystack.includes(wanted));
      at('events').replaceChildren(...shown.map(e => {
        const row = element('li');
        const text = element('span', e.message, 'text');
        const when = element('span', ago(e.time));
        row.append(badge(e.level), element('code', e.issue.slice(0, 8)), text, when);
        return row;
      }));
      at('empty').hidden = shown.length > 0;
      at('empty').textContent = paused ? 'Paused: press Resume to see new events.' : 'Waiting for events...';
    }

    function addEvent(message) {
      session += 1;
      at('session').textContent = session;
      if (paused) return;
      const data = message.data || {};
      const text = String(data.message || '');
      entries.unshift({
        issue: message.issue_id, level: data.level || 'error', message: text, time: Date.now(),
        haystack: JSON.stringify(data).toLowerCase()
      });
      entries.length = Math.min(entries.length, LIMIT);
      drawEvents();
    }

    async function post(path, body) {
      try {
        const reply = await fetch(path, { method: 'POST', body: body });
        if (!reply.ok) toast(path + ': ' + (await reply.text()), 8000);
      } catch (problem) {
        toast(String(problem), 8000);
      }
      loadIssues();
    }

    function actions(issue) {
      const cell = element('td');
      const add = (name, run) => {
        const button = element('button', name);
        button.type = 'button';
        button.onclick = run;
        cell.append(button, ' ');
      };
      const base = '/api/v1/issues/' + issue.id + '/';
      add('Resolve', () => post(base + 'resolve'));
      add('Archive', () => post(base + 'archive'));
      add('Discard', () => post(base + 'discard'));
      add('Delete', () => { if (confirm('Delete this issue and its events?')) post(base + 'delete'); });
      add('Assign', () => {
        const user = prompt('User id (empty: nobody)', issue.assigned_to);
        if (user !== null) post(base + 'assign', JSON.stringify({ user_id: user.trim() }));
      });
      return cell;
    }

    async function loadIssues() {
      const asked = project;
      if (!asked) return;
      try {
        const reply = await fetch('/api/v1/projects/' + encodeURIComponent(asked) + '/issues');
        if (!reply.ok || asked !== project) return;
        const issues = await reply.json();
        at('unresolved').textContent = issues.length;
        at('issues').replaceChildren(...issues.map(issue => {
          const row = element('tr'), level = element('td');
          level.append(badge(issue.level));
          row.append(element('td', issue.title), level, element('td', issue.event_count), element('td', issue.last_seen), actions(issue));
          return row;
        }));
      } catch (problem) {
        toast(String(problem), 4000);
      }
    }

    let refresh = 0;
    function refreshIssues() {
      clearTimeout(refresh);
      refresh = setTimeout(loadIssues, 200);
    }

    function subscribe() {
      if (socket && socket.readyState === WebSocket.OPEN) {
        const filters = { level: at('level').value, environment: at('environment').value.trim() };
        socket.send(JSON.stringify({ type: 'subscribe', filters: filters }));
      }
    }

    function receive(text) {
      const message = JSON.parse(text);
      if (message.type === 'event') addEvent(message);
      if (message.type === 'issue_count') { at('unresolved').textContent = message.count; refreshIssues(); }
      if (message.type === 'issue') refreshIssues();
      if (message.type === 'alert') toast(message.rule_name + ': ' + message.message, 8000);
      if (message.type === 'error') toast(message.message, 4000);
    }

    function connect() {
      clearTimeout(retry);
      if (socket) { socket.onclose = null; socket.close(); socket = null; }
      if (!project) return show('Disconnected', 'off');
      show('Connecting', 'wait');
      const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';
      socket = new WebSocket(scheme + location.hostname + ':' + WS_PORT + '/stream/projects/' + encodeURIComponent(project));
      socket.onopen = () => { attempt = 0; show('Connected', 'on'); subscribe(); loadIssues(); };
      socket.onmessage = event => receive(event.data);
      socket.onclose = () => {
        show('Disconnected', 'off');
        const wait = Math.min(30000, 1000 * 2 ** attempt) * (1 + Math.random() * 0.1);
        attempt += 1;
        retry = setTimeout(connect, wait);
      };
    }

    at('open').onsubmit = event => {
      event.preventDefault();
      project = at('project').value.trim();
      attempt = 0; entries = [];
      drawEvents();
      connect();
    };
    let typing = 0;
    at('level').onchange = subscribe;
    at('environment').oninput = () => { clearTimeout(typing); typing = setTimeout(subscribe, 300); };
    at('search').oninput = drawEvents;
    at('pause').onclick = () => {
      paused = !paused;
      at('pause').textContent = paused ? 'Resume' : 'Pause';
      drawEvents();
    };
    at('clear').onclick = () => { entries = []; drawEvents(); };
    setInterval(drawEvents, 10000);
    at('project').value = project;
    drawEvents();
    connect();
  """
end

# A string of the script; `<` is escaped so that no text can end the script element.
fn script_string(text :: String) -> String do
  String.replace(Json.encode_string(text), "<", "\\u003c")
end

# The page for one project, or for one still to be typed when `project_id` is empty.
pub fn live_page(ws_port :: Int, project_id :: String) -> String do
  let constants = "const WS_PORT = ${ws_port}, PROJECT = ${script_string(project_id)};"
  page_head() <> "\n<script>\n" <> constants <> "\n" <> page_script() <> "\n</script>\n</body>\n</html>\n"
end
