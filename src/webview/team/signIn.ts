import { authStatus } from '../../protocol/api';
import { button, element, setText } from '../dom';
import { ApiFailure, type Api } from './api';
import type { Session } from './session';

/** Asks for the token. @param reason why it is needed again; '' the first time */
export function signIn(api: Api, session: Session, reason: string, onSignedIn: () => void): HTMLElement {
  const main = element('main', 'sign-in');
  const form = element('form', 'card');
  const label = element('label', '', 'Token');
  const field = element('input', 'token');
  const error = element('p', 'error', reason);
  field.type = 'password';
  field.id = 'token';
  field.name = 'token';
  field.required = true;
  field.autocomplete = 'current-password';
  field.spellcheck = false;
  label.htmlFor = field.id;
  error.id = 'sign-in-error';
  error.setAttribute('role', 'alert');
  error.hidden = reason === '';
  const submit = button('Sign In', 'primary', () => undefined);
  submit.type = 'submit';
  const attempt = async () => {
    submit.setAttribute('aria-disabled', 'true');
    setText(error, '');
    error.hidden = true;
    try {
      // Characters that a header cannot contain would make the browser reject the request.
      const isText = /^[\x21-\x7e]+$/.test(field.value.trim());
      if (isText) api.token = field.value.trim();
      if (isText && (await api.get(authStatus, '/auth/status')).authenticated) {
        session.keep(field.value.trim());
        onSignedIn();
        return;
      }
      setText(error, 'The service does not accept this token.');
    } catch (thrown) {
      if (!(thrown instanceof ApiFailure)) throw thrown;
      setText(error, thrown.message);
    } finally {
      submit.removeAttribute('aria-disabled');
    }
    api.token = undefined;
    error.hidden = false;
    field.setAttribute('aria-invalid', 'true');
    field.setAttribute('aria-describedby', error.id);
    field.select();
    field.focus();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (submit.getAttribute('aria-disabled') !== 'true') void attempt();
  });
  form.append(
    element('h1', 'heading', 'Sign in'),
    element('p', 'label', 'Enter a token of this scan service. It is forgotten when you close this tab.'),
    label,
    field,
    error,
    submit,
  );
  main.append(form);
  return main;
}
