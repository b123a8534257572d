import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createQueries } from '../api/query-client.ts';
import { createPages } from './router.tsx';
import { theme } from './theme.ts';

const queries = createQueries();
const pages = createPages(queries);

/** The whole application. @param nonce What the styles that it adds while it runs carry */
export function App({ nonce }: { readonly nonce: string }) {
  return (
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={pages} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>
  );
}
