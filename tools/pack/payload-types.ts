import ts from 'typescript';

/** Where the payloads of events are typed in the workspace, over the contracts, which are too heavy to be shipped. */
export const payloadsFile = 'packages/event-client/src/events/event-payloads.ts';

const introduction = `// Generated from the contracts of the server by tools/pack.

`;
const conclusion = `
/** Full type of an event that this version of the client knows, as \`org.odst.catalog.PackageUploaded.v1\`. */
export type KnownEventType = keyof EventPayloads;
`;

/**
 * The module of {@link payloadsFile} without its imports: one type for each message, with the comments of the protos.
 * @throws Error for what has no form in JSON, or when two messages have one name
 */
export function renderPayloadTypes(options: ts.CompilerOptions): string {
  const program = ts.createProgram({ rootNames: [payloadsFile], options });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(payloadsFile);
  const exported = source && checker.getSymbolAtLocation(source);
  const payloads = exported && checker.getExportsOfModule(exported).find(({ name }) => name === 'EventPayloads');
  if (payloads === undefined) throw new Error(`${payloadsFile} has no type EventPayloads`);
  const messages = createMessages(checker);
  const members = checker
    .getDeclaredTypeOfSymbol(payloads)
    .getProperties()
    .map((property) => `  readonly '${property.name}': ${messages.render(checker.getTypeOfSymbol(property))};\n`);
  const all = `/** The \`data\` of every event that there is, by its full type. */\nexport type EventPayloads = {\n${members.join('')}};\n`;
  return `${introduction}${messages.declarations().join('\n')}\n${all}${conclusion}`;
}

type Message = { readonly declaration: ts.InterfaceDeclaration; text: string };

/** Collects the messages that types are made of. */
function createMessages(checker: ts.TypeChecker) {
  const found = new Map<string, Message>();

  const render = (type: ts.Type): string => {
    if (type.flags & (ts.TypeFlags.Boolean | ts.TypeFlags.BooleanLiteral)) return 'boolean';
    if (type.isUnion()) return [...new Set(type.types.map(render))].sort(undefinedLast).join(' | ');
    const plain = ts.TypeFlags.String | ts.TypeFlags.Number | ts.TypeFlags.Undefined | ts.TypeFlags.StringLiteral;
    if (type.flags & plain) return checker.typeToString(type);
    if (checker.isArrayType(type)) {
      const [item] = checker.getTypeArguments(type as ts.TypeReference);
      return `readonly (${item === undefined ? '' : render(item)})[]`.replace(/\((\w+)\)/, '$1');
    }
    if (type.flags & ts.TypeFlags.Object) return nameOf(type);
    throw new Error(`${checker.typeToString(type)} has no form in JSON`);
  };
  /** A message in the form of JSON has the declarations of the message. */
  const nameOf = (type: ts.Type): string => {
    const properties = type.getProperties();
    const declaration = properties[0]?.declarations?.[0]?.parent;
    if (declaration === undefined || !ts.isInterfaceDeclaration(declaration))
      throw new Error(`${checker.typeToString(type)} is no message with fields`);
    const name = declaration.name.text;
    const known = found.get(name);
    if (known !== undefined && known.declaration !== declaration) throw new Error(`two messages are named ${name}`);
    if (known === undefined) {
      const message: Message = { declaration, text: '' };
      found.set(name, message);
      const lines = properties.map((property) => `${comment(property, '  ')}  readonly ${field(property)};\n`);
      message.text = `${comment(checker.getSymbolAtLocation(declaration.name), '')}export type ${name} = {\n${lines.join('')}};\n`;
    }
    return name;
  };
  const field = (property: ts.Symbol): string => {
    const mark = property.flags & ts.SymbolFlags.Optional ? '?' : '';
    return `${property.name}${mark}: ${render(checker.getTypeOfSymbol(property))}`;
  };
  const comment = (symbol: ts.Symbol | undefined, indent: string): string => {
    const text = ts.displayPartsToString(symbol?.getDocumentationComment(checker)).trim();
    if (text === '') return '';
    return `${indent}/** ${text.split('\n').join(`\n${indent} * `)} */\n`;
  };
  return { render, declarations: () => [...found.values()].map(({ text }) => text) };
}

const undefinedLast = (one: string, other: string): number => Number(one === 'undefined') - Number(other === 'undefined');
