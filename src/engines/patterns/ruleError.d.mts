export function ruleError(
  message: string,
  text: string,
  from?: number,
): { readonly line: number; readonly reason: string };
