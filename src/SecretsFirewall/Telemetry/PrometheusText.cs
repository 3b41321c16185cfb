using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace SecretsFirewall.Telemetry;

/// <summary>
/// The instruments of one meter in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4): dots become
/// underscores, counters end in <c>_total</c>, units stand in the name.
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    private readonly Lock _lock = new();
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    public PrometheusText(string meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meter)
            {
                listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, labels, state) => Add((Family)state!, value, labels));
        _listener.SetMeasurementEventCallback<double>((_, value, labels, state) => Add((Family)state!, value, labels));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>All series as they are now, in one order.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_lock)
        {
            foreach (var (name, family) in _families)
            {
                text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {family.Help}\n# TYPE {name} {family.Type}\n");
                foreach (var (labels, series) in family.Series)
                {
                    Write(text, name, family, labels, series);
                }
            }
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, string name, Family family, string labels, Series series)
    {
        if (family.Type != "histogram")
        {
            text.Append(name).Append(Braces(labels)).Append(' ').Append(Number(series.Sum)).Append('\n');
            return;
        }

        var separator = labels.Length == 0 ? "" : ",";
        var below = 0L;
        for (var i = 0; i < family.Bounds.Length; i++)
        {
            below += series.Buckets![i];
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{separator}le=\"{Number(family.Bounds[i])}\"}} {below}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{separator}le=\"+Inf\"}} {series.Count}\n");
        text.Append(name).Append("_sum").Append(Braces(labels)).Append(' ').Append(Number(series.Sum)).Append('\n');
        text.Append(name).Append("_count").Append(Braces(labels)).Append(' ').Append(series.Count).Append('\n');
    }

    private Family FamilyOf(Instrument instrument)
    {
        var type = instrument switch
        {
            Histogram<double> or Histogram<long> => "histogram",
            Counter<long> or Counter<double> or ObservableCounter<long> or ObservableCounter<double> => "counter",
            _ => "gauge",
        };
        var name = instrument.Name.Replace('.', '_')
            + instrument.Unit switch { "s" => "_seconds", "By" => instrument.Name.EndsWith("bytes", StringComparison.Ordinal) ? "" : "_bytes", _ => "" }
            + (type == "counter" ? "_total" : "");
        lock (_lock)
        {
            return _families[name] = new Family(type, instrument.Description ?? "", instrument.IsObservable, BoundsOf(instrument));
        }
    }

    private void Add(Family family, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var key = Labels(labels);
        lock (_lock)
        {
            if (!family.Series.TryGetValue(key, out var series))
            {
                family.Series.Add(key, series = new Series(family.Type == "histogram" ? new long[family.Bounds.Length] : null));
            }

            series.Sum = family.IsObserved ? value : series.Sum + value;
            series.Count++;
            if (series.Buckets is { } buckets && Array.FindIndex(family.Bounds, bound => value <= bound) is var bucket and >= 0)
            {
                buckets[bucket]++;
            }
        }
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (labels.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(name.Replace('.', '_')).Append("=\"").Append(Escaped(value?.ToString() ?? "")).Append('"');
        }

        return text.ToString();
    }

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Braces(string labels) => labels.Length == 0 ? "" : $"{{{labels}}}";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>The instrument says them: nobody else knows what it measures.</summary>
    private static double[] BoundsOf(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(static bound => (double)bound)],
        _ => [],
    };

    private sealed record Family(string Type, string Help, bool IsObserved, double[] Bounds)
    {
        public SortedDictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Series(long[]? buckets)
    {
        public long[]? Buckets => buckets;

        public double Sum { get; set; }

        public long Count { get; set; }
    }
}
