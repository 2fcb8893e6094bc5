import type { ApolloClient } from "@apollo/client";
import { ApolloProvider } from "@apollo/client/react";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { type AnyRouter, RouterProvider } from "@tanstack/react-router";
import { LiveProvider } from "@/components/live";
import { UndoProvider } from "@/components/undo";
import { ZoneProvider } from "@/components/zone";
import type { LiveStatus } from "@/lib/connection";
import type { ZonePreference } from "@/lib/preferences";
import { Boundary } from "./Boundary";
import { theme } from "./theme";

const schemes = localStorageColorSchemeManager({ key: "hindcast-color-scheme" });

interface AppProps {
  client: ApolloClient;
  live: LiveStatus;
  zone: ZonePreference;
  router: AnyRouter;
}

/** Everything that the pages stand on. Mantine writes no style element: see theme.css. */
export function App({ client, live, zone, router }: AppProps) {
  return (
    <Boundary>
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        colorSchemeManager={schemes}
        withCssVariables={false}
        withGlobalClasses={false}
        deduplicateCssVariables={false}
      >
        <ApolloProvider client={client}>
          <LiveProvider status={live}>
            <ZoneProvider preference={zone}>
              <UndoProvider>
                <RouterProvider router={router} />
              </UndoProvider>
            </ZoneProvider>
          </LiveProvider>
        </ApolloProvider>
      </MantineProvider>
    </Boundary>
  );
}
