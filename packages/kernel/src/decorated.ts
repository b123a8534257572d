/**
 * What `inner` is, with some of its methods replaced; the others are not listed again. A spread would do the same for a plain
 * object, but would freeze its getters at their present value and lose what an object has from its class.
 * @param inner from a factory. Private fields of a class (`#name`) are not reached through the copy
 * @param replaced wins over what `inner` has of the same name
 */
export function decorated<T extends object>(inner: T, replaced: Partial<NoInfer<T>>): T {
  const properties = { ...Object.getOwnPropertyDescriptors(inner), ...Object.getOwnPropertyDescriptors(replaced) };
  return Object.create(Object.getPrototypeOf(inner), properties);
}
