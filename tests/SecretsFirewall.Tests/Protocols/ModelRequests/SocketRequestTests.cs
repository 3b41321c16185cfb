using System.Buffers;
using System.Text;
using SecretsFirewall.Protocols.ModelRequests;

namespace SecretsFirewall.Tests.Protocols.ModelRequests;

/// <summary>What WebSocket messages ask of a model.</summary>
public sealed class SocketRequestTests
{
    private const string Realtime = "/v1/realtime?model=m";

    [Theory]
    [InlineData("""{"type":"session.update","session":{"model":"n","max_output_tokens":9}}""", "n", 9L)]
    [InlineData("""{"type":"session.update","session":{"max_response_output_tokens":"inf"}}""", "m", long.MaxValue)]
    [InlineData("""{"type":"response.create","response":{"max_output_tokens":7}}""", "m", 7L)]
    [InlineData("""{"type":"response.create"}""", "m", null)]
    [InlineData("""{"type":"response.create","model":"n","max_output_tokens":5,"input":"hi"}""", "n", 5L)]
    public void ReadMessage_Request_HasModelAndBound(string message, string model, long? most)
    {
        var part = Assert.Single(Read(message)!.Parts);
        Assert.Equal((model, true, most), (part.Model, part.Stream, part.MaxTokens));
    }

    [Fact]
    public void ReadMessage_Setup_IsGeminis()
    {
        var part = Assert.Single(Read("""{"setup":{"model":"models/g","generationConfig":{"maxOutputTokens":3}}}""")!.Parts);
        Assert.Equal(("g", 3L), (part.Model, part.MaxTokens));
    }

    [Fact]
    public void ReadMessage_ThatSetsNothing_AsksWithWhatTheHandshakeSaidIfItIsTheFirst()
    {
        const string Sound = """{"type":"input_audio_buffer.append","audio":"AAAA"}""";
        Assert.Equal("m", Assert.Single(Read(Sound)!.Parts).Model);
        Assert.Empty(Read(Sound, isFirst: false)!.Parts);
        Assert.Null(Assert.Single(Read(Sound, target: "/v1/realtime?model=m&model=n")!.Parts).Model);
    }

    [Theory]
    [InlineData(
        """{"type":"response.create","response":{"tools":[{"type":"function","name":"rm"}],"tool_choice":"auto","model":"m"}}""", """{"type":"response.create","response":{"model":"m"}}""")]
    [InlineData(
        """{"type":"session.update","session":{"tools":[{"type":"function","name":"rm"},{"type":"function","name":"ls"}]}}""",
        """{"type":"session.update","session":{"tools":[{"type":"function","name":"ls"}]}}""")]
    [InlineData("""{"setup":{"model":"g","tools":[{"functionDeclarations":[{"name":"rm"}]}]}}""", """{"setup":{"model":"g"}}""")]
    [InlineData("""{"type":"response.create","model":"m","tools":[{"type":"function","name":"rm"}]}""", """{"type":"response.create","model":"m"}""")]
    public void TryRemove_ToolOfAMessage_LeavesTheRestByteForByte(string message, string expected)
    {
        var request = Read(message)!;
        var output = new ArrayBufferWriter<byte>();
        Assert.True(request.TryRemove(request.Offers.Where(static offer => offer.Names.Contains("rm")).ToHashSet(), output));
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("""{"type":"session.change","tools":[{"type":"function","name":"rm"}]}""")] // nobody knows who reads it
    [InlineData("""{"type":"response.create","model":1}""")]
    [InlineData("""{"type":"response.create","Tools":[{"type":"function","name":"rm"}]}""")]
    [InlineData("""{"type":"response.create","type":"x"}""")]
    [InlineData("""{"setup":[]}""")]
    [InlineData("[]")]
    [InlineData("hello")]
    public void ReadMessage_ThatServersReadInTwoWays_IsNone(string message) => Assert.Null(Read(message));

    [Fact]
    public void TryRemove_ToolThatAMessageDemands_IsRefused()
    {
        var request = Read("""{"type":"session.update","session":{"tools":[{"type":"function","name":"rm"}],"tool_choice":{"type":"function","name":"rm"}}}""")!;
        Assert.False(request.TryRemove(request.Offers.ToHashSet(), new ArrayBufferWriter<byte>()));
    }

    private static ModelRequest? Read(string message, string target = Realtime, bool isFirst = true) =>
        ModelRequest.ReadMessage(null, target, Encoding.UTF8.GetBytes(message), isFirst);
}
