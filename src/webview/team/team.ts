import './zodWithoutEval';
import { authStatus } from '../../protocol/api';
import { button, element } from '../dom';
import { Api, ApiFailure } from './api';
import { backOff } from './backOff';
import { Connection } from './connection';
import { jobView } from './jobView';
import { overview } from './overview';
import { project } from './project';
import { scans } from './scans';
import { Session } from './session';
import { signIn } from './signIn';
import type { View, ViewContext } from './view';

/** The team page, which `codeagent serve` shows at its URL. It only uses the service's API, like the extension. */

const name = 'CodeAgent Scanner';
const session = new Session();
const connection = new Connection();
const api = new Api(() => signedOut('The service no longer accepts your token. Sign in again.'));
const links = [
  { text: 'Overview', hash: '#/' },
  { text: 'Scans', hash: '#/scans' },
];
const navigation = element('nav', 'links');
const out = button('Sign Out', 'secondary', () => signedOut(''));
const place = element('div', 'place');
let view: View | undefined;
let path: string | undefined;

function build(): void {
  const skip = element('a', 'skip', 'Skip to content');
  skip.href = '#content';
  skip.addEventListener('click', (event) => {
    // The fragment is the page's route.
    event.preventDefault();
    focusHeading();
  });
  const home = element('a', 'home');
  home.href = '#/';
  const icon = element('img', 'icon');
  icon.src = 'page/icon.svg';
  icon.alt = '';
  home.append(icon, element('span', '', name));
  navigation.setAttribute('aria-label', 'Main');
  navigation.append(
    ...links.map(({ text, hash }) => {
      const link = element('a', '', text);
      link.href = hash;
      return link;
    }),
  );
  const header = element('header', 'page-header');
  header.append(home, navigation, connection.badge, out);
  document.body.append(skip, header, connection.notice, place);
  window.addEventListener('hashchange', () => route(true));
}

/** Shows the view for the current URL. @param byUser whether the user followed a link, so that the focus moves */
function route(byUser: boolean): void {
  if (document.body.dataset['signedIn'] !== 'true') return;
  const [next = '', query = ''] = location.hash.replace(/^#/, '').split('?', 2);
  if (next === path) {
    // URL changes by the view itself do not trigger this.
    view?.changeQuery?.(new URLSearchParams(query));
    return;
  }
  path = next;
  const context: ViewContext = {
    api,
    connection,
    query: new URLSearchParams(query),
    setTitle: (title) => (document.title = `${title} · ${name}`),
  };
  show(viewOf(next, context));
  for (const link of navigation.querySelectorAll('a')) {
    if (link.getAttribute('href') === `#${next === '' ? '/' : next}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  window.scrollTo(0, 0);
  if (byUser) focusHeading();
}

function viewOf(next: string, context: ViewContext): View {
  const [, kind, id] = /^\/(jobs|projects)\/([\w-]{1,64})$/.exec(next) ?? [];
  if (kind === 'jobs' && id !== undefined) return jobView(context, id);
  if (kind === 'projects' && id !== undefined) return project(context, id);
  return next === '/scans' ? scans(context) : overview(context);
}

function show(next: View): void {
  view?.dispose();
  view = next;
  next.element.id = 'content';
  place.replaceChildren(next.element);
}

function focusHeading(): void {
  const heading = place.querySelector('h1');
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** @param byUser as in {@link route} */
function signedIn(byUser: boolean): void {
  document.body.dataset['signedIn'] = 'true';
  path = undefined;
  route(byUser);
}

function signedOut(reason: string): void {
  session.forget();
  api.token = undefined;
  path = undefined;
  delete document.body.dataset['signedIn'];
  document.title = `Sign in · ${name}`;
  connection.show('live');
  show({ element: signIn(api, session, reason, () => signedIn(true)), dispose: () => undefined });
  place.querySelector('input')?.focus();
}

/** Determines whether the service needs a token, and whether it accepts the one from before a reload. */
async function start(failures = 0): Promise<void> {
  api.token = session.token();
  try {
    const { required, authenticated } = await api.get(authStatus, '/auth/status');
    out.hidden = !required;
    if (authenticated) signedIn(false);
    else signedOut(api.token === undefined ? '' : 'The service no longer accepts your token. Sign in again.');
    connection.show('live');
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    connection.show('lost', error.message);
    const again = () => {
      clearTimeout(timer);
      undo();
      void start(failures + 1);
    };
    const timer = setTimeout(again, backOff(failures + 1));
    const undo = connection.onRetry(again);
  }
}

build();
void start();
