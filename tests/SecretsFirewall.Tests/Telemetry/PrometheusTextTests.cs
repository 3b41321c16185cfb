using System.Diagnostics.Metrics;
using SecretsFirewall.Telemetry;

namespace SecretsFirewall.Tests.Telemetry;

public sealed class PrometheusTextTests
{
    [Fact]
    public void Write_Instruments_FollowsTheTextFormat()
    {
        using var text = new PrometheusText("test.text");
        using var meter = new Meter("test.text");
        using var other = new Meter("test.other");
        var calls = meter.CreateCounter<long>("a.calls", "{call}", "Calls.");
        var time = meter.CreateHistogram("a.time", "s", "Time.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 300] });
        meter.CreateObservableGauge("a.size", static () => 7L, "By", "Size.");
        other.CreateCounter<long>("b.calls").Add(1);

        calls.Add(2, new KeyValuePair<string, object?>("who", "a\"b\\c\nd"));
        calls.Add(3, new KeyValuePair<string, object?>("who", "a\"b\\c\nd"));
        time.Record(0.02);
        time.Record(1000);

        Assert.Equal("""
            # HELP a_calls_total Calls.
            # TYPE a_calls_total counter
            a_calls_total{who="a\"b\\c\nd"} 5
            # HELP a_size_bytes Size.
            # TYPE a_size_bytes gauge
            a_size_bytes 7
            # HELP a_time_seconds Time.
            # TYPE a_time_seconds histogram
            a_time_seconds_bucket{le="0.01"} 0
            a_time_seconds_bucket{le="0.025"} 1
            a_time_seconds_bucket{le="300"} 1
            a_time_seconds_bucket{le="+Inf"} 2
            a_time_seconds_sum 1000.02
            a_time_seconds_count 2

            """.ReplaceLineEndings("\n"), text.Write());
    }

    [Fact]
    public void Write_Twice_DoesNotAddWhatIsObserved()
    {
        using var text = new PrometheusText("test.twice");
        using var meter = new Meter("test.twice");
        meter.CreateObservableGauge("a.size", static () => 7L);

        text.Write();

        Assert.Contains("a_size 7\n", text.Write(), StringComparison.Ordinal);
    }
}
