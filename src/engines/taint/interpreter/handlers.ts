import type { Call, Host } from './host';
import { unknown, type Value } from './value';

/** The functions that a value is, or that it contains as a list. */
export function functionsIn(value: Value): Value[] {
  if (value.closures || value.native) return [value];
  // Lists of handlers.
  return value.object?.isList === true ? [...value.object.fields.values()].flatMap((one) => functionsIn(one)) : [];
}

/** Calls a function that was passed to a call. */
export function invoke(host: Host, target: Value, values: readonly Value[] | 'anything', call: Call): Value {
  return host.callValue(target, {
    args: values === 'anything' ? [{ value: unknown, isRest: true }] : values.map((value) => ({ value })),
    at: call.at,
    scope: call.scope,
    isNew: false,
    property: undefined,
    self: undefined,
  });
}
