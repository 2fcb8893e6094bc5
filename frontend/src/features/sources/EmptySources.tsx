import { Button } from "@mantine/core";
import { Notice } from "@/components/Notice";

/** What to do while there is no source but the embedded one. */
export function EmptySources({ onConnect }: { onConnect: () => void }) {
  return (
    <Notice
      title="No other source is connected"
      action={
        <Button size="xs" variant="default" onClick={onConnect}>
          Connect a source
        </Button>
      }
    >
      <p>
        Hindcast measures on what it scrapes and receives itself. Connect a Prometheus, Thanos, Mimir or
        VictoriaMetrics, or an Elasticsearch, and objectives measure there: nothing has to be copied, and
        their history is read too.
      </p>
      <p>
        Sources may be written down as well: under <code>sources:</code> in <code>hindcast.yaml</code>, or as
        a document of the kind <code>DataSource</code> beside the objectives.
      </p>
    </Notice>
  );
}
