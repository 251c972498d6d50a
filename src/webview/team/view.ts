import type { Api } from './api';
import type { Connection } from './connection';

/** What every view receives. */
export interface ViewContext {
  readonly api: Api;
  readonly connection: Connection;
  /** Query parameters of the URL. */
  readonly query: URLSearchParams;
  /** Sets the window title. */
  readonly setTitle: (title: string) => void;
}

/** The content between the header and the footer. */
export interface View {
  readonly element: HTMLElement;
  /** Applies the parameters of another URL for this view, such as a pasted link; absent if it has none. */
  readonly changeQuery?: (query: URLSearchParams) => void;
  dispose(): void;
}
