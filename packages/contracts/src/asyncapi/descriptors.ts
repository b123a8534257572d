import descriptorSet from '../gen/descriptors.json' with { type: 'json' };

/** A field of a message, as protobuf's `FieldDescriptorProto` has it in JSON. */
export type FieldDescriptor = {
  readonly jsonName: string;
  /** `TYPE_STRING`, … */
  readonly type: string;
  readonly label: string;
  /** Full name with a leading dot, of a message or enum. */
  readonly typeName?: string;
  /** There for fields of which it is known whether they were set. */
  readonly oneofIndex?: number;
};

/** A message or an enum with the comments that stand over it and its parts. */
export type Described<Descriptor> = {
  /** `odst.catalog.v1.PackageUploaded` */
  readonly fullName: string;
  readonly descriptor: Descriptor;
  readonly comment: string;
  /** Comments by the index of the field or value. */
  readonly partComments: readonly string[];
};

type MessageDescriptor = { readonly name: string; readonly field?: readonly FieldDescriptor[] };
type EnumDescriptor = { readonly name: string; readonly value: readonly { readonly name: string }[] };
type File = {
  readonly name: string;
  readonly package: string;
  readonly messageType?: readonly MessageDescriptor[];
  readonly enumType?: readonly EnumDescriptor[];
  readonly sourceCodeInfo: {
    readonly location: readonly { readonly path?: readonly number[]; readonly leadingComments?: string }[];
  };
};

/** Numbers of fields of `FileDescriptorProto`, `DescriptorProto` and `EnumDescriptorProto`, of which a location's path consists. */
const paths = { messageType: 4, enumType: 5, field: 2, value: 2 } as const;

const files = descriptorSet.file as readonly File[];

/** Leading comments of a file by the path of what they stand over. */
function commentsOf({ sourceCodeInfo }: File): ReadonlyMap<string, string> {
  const commented = sourceCodeInfo.location.filter(({ leadingComments }) => leadingComments !== undefined);
  return new Map(commented.map(({ path = [], leadingComments = '' }) => [path.join(), oneLine(leadingComments)]));
}

const oneLine = (comment: string): string => comment.trim().replace(/\s*\n\s*/g, ' ');

function described<Kind extends 'messageType' | 'enumType'>(kind: Kind, part: 'field' | 'value') {
  type Descriptor = NonNullable<File[Kind]>[number];
  const all = files.flatMap((file) => {
    const comments = commentsOf(file);
    return (file[kind] ?? []).map((descriptor, index): [string, Described<Descriptor>] => {
      const path = [paths[kind], index];
      const partPath = (partIndex: number) => [...path, paths[part], partIndex].join();
      const parts = (descriptor as Readonly<Record<string, unknown>>)[part] as readonly unknown[] | undefined;
      const fullName = `${file.package}.${descriptor.name}`;
      const partComments = (parts ?? []).map((_part, partIndex) => comments.get(partPath(partIndex)) ?? '');
      return [fullName, { fullName, descriptor, comment: comments.get(path.join()) ?? '', partComments }];
    });
  });
  return new Map(all);
}

const messages = described('messageType', 'field');
const enums = described('enumType', 'value');

/** A message of the protos. @throws TypeError for a name that is none */
export function messageNamed(fullName: string): Described<MessageDescriptor> {
  const found = messages.get(fullName);
  if (found === undefined) throw new TypeError(`the protos have no message ${fullName}`);
  return found;
}

/** An enum of the protos; undefined for another name. */
export function enumNamed(fullName: string): Described<EnumDescriptor> | undefined {
  return enums.get(fullName);
}

/** Names of the messages that one file of the protos declares. */
export function messagesOfFile(file: string): readonly string[] {
  return files.filter(({ name }) => name === file).flatMap(({ messageType = [] }) => messageType.map(({ name }) => name));
}
