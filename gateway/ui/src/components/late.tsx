import { type ComponentType, lazy, Suspense } from 'react';

/**
 * A component that is loaded when it is shown first, as dialogs are: what is seldom used would hold up the first page. Nothing is in its
 * place until it is there.
 */
export function late<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const Loaded = lazy(async () => ({ default: await load() })) as unknown as ComponentType<Props>;
  return (props) => (
    <Suspense>
      <Loaded {...props} />
    </Suspense>
  );
}
