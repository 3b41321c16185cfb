using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Commands;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Tests.Cli.Commands;

public sealed class UsageCommandTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 10, 12, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("24h", "2026-06-09T12:30")]
    [InlineData("7d", "2026-06-03T12:30")]
    [InlineData("2026-06-01", "2026-06-01T00:00")]
    [InlineData("yesterday", null)]
    [InlineData("2026-06", null)]
    public void Since_IsATimeBackFromNow_OrADay(string text, string? expected) =>
        Assert.Equal(expected, UsageCommand.TryReadSince(text, Now)?.ToString("yyyy-MM-ddTHH:mm"));

    [Theory]
    [InlineData(0, 100, "")]
    [InlineData(1, 1_000_000, "▏")]
    [InlineData(50, 100, "████████████")]
    [InlineData(100, 100, "████████████████████████")]
    [InlineData(49, 100, "███████████▊")]
    public void Bar_IsAsLongAsItsShare(long value, long most, string bar) => Assert.Equal(bar, UsageCommand.Bar(value, most));

    [Fact]
    public void Csv_OfNamesThatAgentsChose_StaysCsv()
    {
        var line = new UsageLine("=cmd|\"x\",1", 1, 0, 0, 0, 10, 5, 0, 0, 0, [new CostReply(0.5000m, "USD"), new CostReply(2, "EUR")]);
        using var written = new StringWriter { NewLine = "\n" };

        UsageCommand.Write(new Output(written, TextWriter.Null, false, false), new UsageReply(Now, Now, [line], line), UsageGrouping.Model, "csv");

        Assert.Equal(
            """
            model,calls,input,output,cache_read,cache_write,reasoning,estimated,suspect,unpriced,cost,currency
            "'=cmd|""x"",1",1,10,5,0,0,0,0,0,0,0.5,USD
            "'=cmd|""x"",1",0,0,0,0,0,0,0,0,0,2,EUR

            """,
            written.ToString());
    }

    [Fact]
    public void Table_OfSeveralLines_EndsWithTheirTotal()
    {
        var line = new UsageLine("ada", 2, 1, 0, 0, 1_234, 5, 0, 0, 0, [new CostReply(0.5m, "USD")]);
        using var written = new StringWriter { NewLine = "\n" };

        UsageCommand.Write(new Output(written, TextWriter.Null, false, false), new UsageReply(Now, Now, [line], line with { Name = "total" }), UsageGrouping.Agent, "table");

        Assert.Equal("ada\t2\t1,234\t5\t0\t0\t0.50 USD\t1\t0\ntotal\t2\t1,234\t5\t0\t0\t0.50 USD\t1\t0\n", written.ToString());
    }
}
