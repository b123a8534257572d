import { Button } from '@mantine/core';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { useTitle } from '../components/page-head.tsx';
import { ProblemAlert } from '../components/problem-alert.tsx';
import { texts } from '../texts.ts';

/** In place of a page that made an error: what stands around it goes on. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <ProblemAlert
      error={error}
      action={
        <Button size="compact-sm" variant="default" onClick={again}>
          {texts.retry}
        </Button>
      }
    />
  );
}

/** An address that names no page. */
export function UnknownPage() {
  // Beside the title of the page whose part it would be.
  useTitle(texts.unknownPage.title, 1);
  return (
    <>
      <h2>{texts.unknownPage.title}</h2>
      <p>{texts.unknownPage.hint}</p>
      <Button component={Link} to="/packages" variant="default">
        {texts.nav.packages}
      </Button>
    </>
  );
}
