import { useComputedColorScheme } from "@mantine/core";
import { useCallback, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./plot.css";
import { HEIGHT, options, type PlotProps } from "./chart";
import type { PlotData } from "./plot-data";

/** A canvas that plots columns over time. Every plot on a page shares one cursor. */
export function Plot(props: PlotProps) {
  const scheme = useComputedColorScheme("light");
  const latest = useRef(props);
  latest.current = props;
  const chart = useRef<uPlot | null>(null);
  if (chart.current) {
    redraw(chart.current, props);
  }
  // A function of its own each time would be taken for another host, and the chart be made anew.
  const draw = useCallback((host: HTMLDivElement | null) => {
    if (!host) {
      return;
    }
    const u = new uPlot(options(host, latest), aligned(latest.current.data), host);
    chart.current = u;
    const observer = new ResizeObserver(() => u.setSize({ width: host.clientWidth, height: HEIGHT }));
    observer.observe(host);
    return () => {
      observer.disconnect();
      chart.current = null;
      u.destroy();
    };
  }, []);
  // What uPlot takes only at the start makes a new one; everything else is handed to the one that is there.
  const key = [scheme, props.zone, props.traces.map((t) => `${t.label}${t.kind}`).join()].join("|");
  return <div key={key} className="plot" role="img" aria-label={props.label} ref={draw} />;
}

function aligned(data: PlotData): uPlot.AlignedData {
  return [data.x, ...data.columns];
}

/** Hands new data to a chart that is on the screen; nothing is taken away in between. */
function redraw(u: uPlot, { data, range, limits, rightLimits }: PlotProps): void {
  queueMicrotask(() => {
    if (!u.root.isConnected) {
      return;
    }
    u.batch(() => {
      u.setData(aligned(data), false);
      u.setScale("x", { min: range.from, max: range.to });
      u.setScale("y", { min: limits[0], max: limits[1] });
      if (rightLimits) {
        u.setScale("right", { min: rightLimits[0], max: rightLimits[1] });
      }
    });
  });
}
