import { useSubscription } from "@apollo/client/react";
import { useThrottledCallback } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { useConnection } from "@/components/live";
import { graphql } from "@/gql";

const SloPingDocument = graphql(/* GraphQL */ `
  subscription SloPing($ids: [ID!]) {
    sloChanged(ids: $ids) {
      at
      slo {
        id
        exclusions {
          from
          to
          exclusion {
            id
          }
        }
      }
    }
  }
`);

// A change is announced at most once a second; a page that is read, not watched, moves less often.
const PACE = 4_000;

/**
 * Reads figures anew when the server says that they moved. What is measured can
 * wait for the pace of the page; what somebody excluded, approved or deleted is
 * looked for on the screen at once, so that it is read at once.
 */
export function useFollow(ids: readonly string[], read: () => void): void {
  const readAnew = useThrottledCallback(read, PACE);
  const excluded = useRef(new Map<string, string>());
  useSubscription(SloPingDocument, {
    variables: { ids: [...ids] },
    skip: ids.length === 0,
    fetchPolicy: "no-cache",
    ignoreResults: true,
    onData: ({ data }) => {
      const slo = data.data?.sloChanged.slo;
      const told = JSON.stringify(slo?.exclusions ?? []);
      const known = excluded.current.get(slo?.id ?? "");
      excluded.current.set(slo?.id ?? "", told);
      // The first that is told may be what was there before; nothing has been held back yet then.
      if (known !== undefined && known !== told) {
        read();
      } else {
        readAnew();
      }
    },
  });
  // What changed while there was no socket was announced to nobody.
  const { epoch } = useConnection();
  const heard = useRef(epoch);
  const following = ids.length > 0;
  useEffect(() => {
    if (following && heard.current !== epoch) {
      heard.current = epoch;
      readAnew();
    }
  }, [following, epoch, readAnew]);
}
