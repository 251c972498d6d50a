/** Whether a link leads to the web and nowhere else. */
export function isHttp(url: string | undefined): url is string {
  return url !== undefined && /^https?:\/\//i.test(url) && URL.canParse(url);
}
