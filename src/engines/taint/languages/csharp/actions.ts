import type { Expression, Range } from '../../ir/ir';
import { construct } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { ClassInfo, Context } from './context';
import type { CSharpFile } from './file';
import { collections, filterEndings, framework, maps, services } from './names';
import type { Types } from './types';

/** Which methods a framework calls with data, and what it does with their results. */
export class Actions {
  constructor(
    private readonly file: CSharpFile,
    private readonly context: Context,
    private readonly types: Types,
  ) {}

  /** Whether a framework passes one of the program's services rather than request data. */
  isService(node: SyntaxNode): boolean {
    if (/\[\s*From(?:Keyed)?Services\b/.test(this.file.attributeText(node))) return true;
    if (/\[\s*(?:From\w+|Bind|AsParameters)\b/.test(this.file.attributeText(node))) return false;
    const type = childOf(node, 'type');
    const simple = this.file.simple(type);
    if (simple === undefined || !type) return false;
    if (/^I[A-Z][a-z]/.test(simple) && !collections.test(simple) && !maps.test(simple)) return !framework.test(simple);
    return services.test(simple) && !framework.test(simple);
  }

  /** Whether a framework calls a method with request data. */
  isAction(node: SyntaxNode): boolean {
    const modifiers = this.file.modifiers(node);
    const name = this.file.nameOf(node);
    if (this.context.handlers.has(name)) return true;
    const attributes = this.file.attributeText(node);
    if (/\[\s*(?:\w+(?:\([^)]*\))?\s*,\s*)*(?:WebMethod|WebInvoke|WebGet|HttpTrigger)\b/.test(attributes)) return true;
    const info = this.context.classes.at(-1);
    if (!info || !/\bpublic\b/.test(modifiers) || /\bstatic\b/.test(modifiers)) return false;
    if (/\[\s*NonAction\b|\[\s*ChildActionOnly\b/.test(attributes)) return false;
    const parent = (info.parent && this.file.simple(info.parent)) ?? '';
    if (/(?:Controller(?:Base)?|ApiController)$/.test(parent)) return !filterEndings.test(name);
    if (/\[\s*(?:\w+\s*,\s*)*(?:ApiController|Controller)\b/.test(this.file.attributeText(info.node))) return true;
    if (
      /Controller$/.test(this.file.nameOf(info.node)) &&
      /\[\s*(?:Http(?:Get|Post|Put|Delete|Patch)|Route|AcceptVerbs)\b/.test(attributes)
    )
      return true;
    if (/PageModel$/.test(parent)) return /^On(?:Get|Post|Put|Delete|Patch)/.test(name);
    if (/(?:^|[a-z])Hub$/.test(parent)) return !/^On(?:Connected|Disconnected)|^Dispose/.test(name);
    // A gRPC service.
    return (
      /\boverride\b/.test(modifiers) &&
      /\bServerCallContext\b/.test(this.file.text(childOf(node, 'parameters') ?? node))
    );
  }

  /** How a framework uses the text that an action returns: as the body of a response that a browser may interpret as HTML. */
  responseOf(node: SyntaxNode): string | undefined {
    const type = childOf(node, 'returns');
    if (!type || !/^(?:(?:Task|ValueTask)<)?(?:string|String)>?$/.test(this.file.text(type))) return undefined;
    const parent = this.context.classes.at(-1)?.parent;
    // ASP.NET MVC sends it as HTML; an API sends it as text or JSON.
    const isPage =
      parent && /Controller$/.test(this.file.simple(parent) ?? '') && !/Api|Base$/.test(this.file.simple(parent) ?? '');
    const isTextual = /\bApiController\b|\bProduces\b/.test(
      this.file.attributeText(this.context.classes.at(-1)?.node) + this.file.attributeText(node),
    );
    return isPage === true && !isTextual && /\bSystem\.Web\.Mvc\b/.test(this.file.source) ? 'HtmlBody' : undefined;
  }

  /** A property that a framework fills from the request. */
  boundProperty(one: SyntaxNode, info: ClassInfo, type: string | undefined, own: Range): Expression | undefined {
    if (type === 'number') return undefined;
    const attributes = this.file.attributeText(one);
    const isOfPage =
      /\[\s*(?:\w+,\s*)*(?:BindProperty|FromForm|FromQuery|FromRoute|FromBody|FromHeader|SupplyParameterFromForm|SupplyParameterFromQuery)\b/.test(
        attributes,
      ) || /\[\s*BindProperties\b/.test(this.file.attributeText(info.node));
    return isOfPage ? construct(this.types.type('BoundProperty', own), [], own) : undefined;
  }
}
