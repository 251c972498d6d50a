import type { Api } from './api';
import type { Connection } from './connection';

/** What a view of the page is given. */
export interface ViewContext {
  readonly api: Api;
  readonly connection: Connection;
  /** Parameters of the address after its path. */
  readonly query: URLSearchParams;
  /** Says what the view shows, in the title of the window. */
  readonly setTitle: (title: string) => void;
}

/** What is shown between the header and the end of the page. */
export interface View {
  readonly element: HTMLElement;
  /** Takes the parameters of another address that leads here, such as a pasted link; absent where there are none. */
  readonly changeQuery?: (query: URLSearchParams) => void;
  dispose(): void;
}
