using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// The answer to a request that is held for a person, where its client asked for a stream of events: signs of life go out before anybody knows what the answer is.
/// <code>
///   held ────► nothing for a moment ─► 200, text/event-stream, a sign ─► a sign every few seconds
///   answered ► the upstream's own stream: as it comes
///            ► anything else (a refusal, an error, plain JSON): one event of the kind that the client reads
/// </code>
/// Everybody behind sees an answer that has not begun, and writes its status and fields here. Which bytes are signs of life: WIRE.md sections 0 and 2; where one is not known
/// to be safe, nothing is sent.
/// </summary>
internal sealed class HeldResponse : Stream, IHttpResponseFeature, IHttpResponseBodyFeature
{
    /// <summary>Of an answer that becomes one event; errors are small.</summary>
    private const int MostBuffered = 64 * 1024;

    private readonly IHttpResponseFeature _head;
    private readonly IHttpResponseBodyFeature _body;
    private readonly LlmDialect _dialect;
    private readonly bool _isMcp;
    private readonly byte[] _sign;
    private readonly MemoryStream _buffered = new();
    private PipeWriter? _writer;

    private HeldResponse(HttpContext context, RecognisedTraffic traffic, byte[] sign)
    {
        _head = context.Features.GetRequiredFeature<IHttpResponseFeature>();
        _body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        (_dialect, _isMcp, _sign) = (traffic.Dialect, ShownTraffic.IsMcp(traffic), sign);
    }

    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    public string? ReasonPhrase { get; set; }

    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    [Obsolete("The interface has it; IHttpResponseBodyFeature.Stream is used.")]
    public Stream Body { get => this; set => throw new NotSupportedException(); }

    public bool HasStarted { get; private set; }

    public Stream Stream => this;

    public PipeWriter Writer => _writer ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true));

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>What shows this client that its request is alive; null where nothing is known to be safe, or no stream was asked for.</summary>
    /// <param name="isStream">The request's body asks for one.</param>
    public static byte[]? SignFor(RecognisedTraffic traffic, bool isStream, HttpRequest request) => traffic switch
    {
        { Shape: TrafficShape.Mcp } => traffic is { Batch: null, IsAnsweredElsewhere: false } && request.Headers.Accept.Any(static one => one?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) is true)
            ? Encoding.ASCII.GetBytes(": held\n\n")
            : null,
        { Dialect: LlmDialect.Anthropic } when isStream => Encoding.ASCII.GetBytes("event: ping\ndata: {\"type\": \"ping\"}\n\n"),
        { Dialect: LlmDialect.OpenAiChat } when isStream => Encoding.ASCII.GetBytes(": held\n\n"),
        _ => null, // Gemini CLI crashes at comments; of the rest nobody has tried
    };

    /// <summary>Begins the stream with a first sign; the answer goes through what is given back.</summary>
    public static async Task<HeldResponse> BeginAsync(HttpContext context, RecognisedTraffic traffic, byte[] sign, string decision)
    {
        var held = new HeldResponse(context, traffic, sign);
        held._head.StatusCode = StatusCodes.Status200OK;
        held._head.Headers.ContentType = "text/event-stream";
        held._head.Headers.CacheControl = "no-store";
        held._head.Headers[RefusalWriter.DecisionField] = decision;
        context.Request.Headers.AcceptEncoding = "identity"; // the head is out: it says of no coding
        await held.ShowLifeAsync(context.RequestAborted);
        context.Features.Set<IHttpResponseFeature>(held);
        context.Features.Set<IHttpResponseBodyFeature>(held);
        return held;
    }

    public async Task ShowLifeAsync(CancellationToken cancellationToken)
    {
        await _body.Stream.WriteAsync(_sign, cancellationToken);
        await _body.Stream.FlushAsync(cancellationToken);
    }

    /// <summary>The exchange is over: what was no stream of events leaves as one event.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_writer is not null)
        {
            await _writer.FlushAsync(cancellationToken);
        }

        if (!IsStream && _buffered.Length > 0)
        {
            await _body.Stream.WriteAsync(AsEvent(), cancellationToken);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        HasStarted = true;
        if (IsStream)
        {
            await _body.Stream.WriteAsync(buffer, cancellationToken);
        }
        else
        {
            _buffered.Write(buffer.Span[..(int)Math.Min(buffer.Length, MostBuffered + 1 - Math.Min(_buffered.Length, MostBuffered + 1))]);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => IsStream ? _body.Stream.FlushAsync(cancellationToken) : Task.CompletedTask;

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // Nothing is written without waiting.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public void OnStarting(Func<object, Task> callback, object state)
    {
        // It has started: nobody may change the head any more.
    }

    public void OnCompleted(Func<object, Task> callback, object state) => _head.OnCompleted(callback, state);

    public void DisableBuffering() => _body.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task CompleteAsync() => FinishAsync(CancellationToken.None);

    protected override void Dispose(bool disposing)
    {
        _buffered.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Whether what stands behind answers with a stream that may follow the signs as it is.</summary>
    private bool IsStream =>
        StatusCode == StatusCodes.Status200OK && Headers.ContentEncoding.Count == 0
        && MediaTypeHeaderValue.TryParse(Headers.ContentType.ToString(), out var type) && type.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase);

    private byte[] AsEvent()
    {
        var isWhole = _buffered.Length <= MostBuffered && Headers.ContentEncoding.Count == 0;
        var text = isWhole ? Encoding.UTF8.GetString(_buffered.GetBuffer(), 0, (int)_buffered.Length)
            : Encoding.UTF8.GetString(RefusalResponses.Failure(_dialect, "The answer was no stream of events, and could not be made one."));
        var name = _isMcp ? "event: message\n" : _dialect is LlmDialect.Anthropic ? "event: error\n" : "";
        return Encoding.UTF8.GetBytes(name + string.Concat(text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(static line => $"data: {line}\n")) + "\n");
    }
}
