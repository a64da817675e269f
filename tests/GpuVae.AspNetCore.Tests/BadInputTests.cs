using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace GpuVae.AspNetCore.Tests;

/// <summary>Whatever comes in, the answer is a reason, and the service goes on.</summary>
public sealed class BadInputTests
{
    private const string Json = "application/json";
    private const string Csv = "text/csv";
    private const string Names = "current,torque,heat,noise,speed,load";

    /// <summary>What it is, path, type, body in Latin-1, status, what the reason says.</summary>
    public static TheoryData<string, string, string?, string, int, string> Bodies { get; } = new()
    {
        { "nothing", "/score", Json, "", 400, "empty" },
        { "blanks", "/score", Json, "  \n ", 400, "not JSON" },
        { "no JSON", "/score", Json, "current=1", 400, "not JSON" },
        { "JSON that ends early", "/score", Json, "[1,2,3", 400, "not JSON" },
        { "more behind the row", "/score", Json, "[1,2,3,4,5,6] [1]", 400, "not JSON" },
        { "a comment", "/score", Json, "[1,2,3,4,5,6] // mine", 400, "not JSON" },
        { "a bare NaN", "/score", Json, "[1,2,NaN,4,5,6]", 400, "null or \"NaN\"" },
        { "a bare Infinity", "/score", Json, "[1,2,\n-Infinity,4,5,6]", 400, "\"Infinity\"" },
        { "a number beyond all", "/score", Json, "[1,2,1e400,4,5,6]", 400, "heat" },
        { "a text for a number", "/score", Json, "[1,2,\"three\",4,5,6]", 400, "heat takes a number" },
        { "a number in quotes", "/score", Json, "{\"current\":\"1\"}", 400, "current takes a number" },
        { "true", "/score", Json, "[1,2,true,4,5,6]", 400, "heat takes a number, and true is none" },
        { "a list in a row", "/score", Json, "[1,2,[3],4,5,6]", 400, "heat takes a number, and a list is none" },
        { "an object in a row", "/score", Json, "[1,2,{\"x\":3},4,5,6]", 400, "heat" },
        { "lists in lists in lists", "/score", Json, "[[[1,2,3,4,5,6]]]", 400, "row 1" },
        { "very deep lists", "/score", Json, "[[[[[[[[[[[[1]]]]]]]]]]]]", 400, "row 1" },
        { "a number alone", "/score", Json, "7", 400, "the body is a number" },
        { "null alone", "/score", Json, "null", 400, "the body is null" },
        { "an empty list", "/score", Json, "[]", 400, "0 cells" },
        { "too few numbers", "/score", Json, "[1,2,3]", 400, "3 cells" },
        { "too many numbers", "/score", Json, "[1,2,3,4,5,6,7]", 400, "7 cells" },
        { "a short row among others", "/score", Json, "[[1,2,3,4,5,6],[1,2]]", 400, "row 2" },
        { "no row among others", "/score", Json, "[[1,2,3,4,5,6],5]", 400, "row 2 is a number" },
        { "a missing column", "/score", Json, "{\"current\":1,\"torque\":2}", 400, "no column heat" },
        { "an unknown column", "/score", Json, "{\"current\":1,\"volts\":2}", 400, "no column volts" },
        { "an extra column", "/score", Json, "{\"current\":1,\"torque\":2,\"heat\":3,\"noise\":4,\"speed\":5,\"load\":6,\"x\":7}", 400, "no column x" },
        { "a column twice", "/score", Json, "{\"current\":1,\"current\":2}", 400, "current stands there twice" },
        { "broken UTF-8", "/score", Json, "[1,2,\"\xff\xfe\",4,5,6]", 400, "not UTF-8" },
        { "half a character", "/score", Json, "{\"\\ud800\":1}", 400, "half a character" },
        { "a code for a row that cannot be", "/encode", Json, "[1,2,null,4,5,6]", 400, "heat" },
        { "a short code", "/decode", Json, "[1,2]", 400, "2 numbers" },
        { "a code with null", "/decode", Json, "[1,2,null]", 400, "number 3" },
        { "a code that overflows", "/decode", Json, "[[1,2,3],[1,2,1e39]]", 400, "row 2" },
        { "a code as an object", "/decode", Json, "{\"code\":[1,2,3]}", 400, "an object" },
        { "CSV without a byte", "/score", Csv, "", 400, "empty" },
        { "CSV without a row", "/score", Csv, Names + "\n", 400, "no row" },
        { "CSV without a header", "/score", Csv, "1,2,3,4,5,6\n", 400, "first line" },
        { "CSV of another table", "/score", Csv, "a,b,c,d,e,f\n1,2,3,4,5,6\n", 400, "column a" },
        { "CSV that lacks a column", "/score", Csv, "current,torque,heat,noise,speed\n1,2,3,4,5\n", 400, "load" },
        { "CSV with a column twice", "/score", Csv, Names + ",heat\n1,2,3,4,5,6,7\n", 400, "heat twice" },
        { "CSV with a short line", "/score", Csv, Names + "\n1,2,3,4,5,6\n1,2,3\n", 400, "row 2: 3 cells" },
        { "CSV with a word", "/score", Csv, Names + "\n1,2,warm,4,5,6\n", 400, "heat" },
        { "CSV with an open quote", "/score", Csv, Names + "\n1,2,\"3,4,5,6\n", 400, "never closed" },
        { "CSV with a stray quote", "/score", Csv, Names + "\n1,2,3\"x,4,5,6\n", 400, "line 2" },
        { "CSV with more behind a quote", "/score", Csv, Names + "\n1,2,\"3\"x,4,5,6\n", 400, "line 2" },
        { "CSV between semicolons", "/score", Csv, Names.Replace(',', ';') + "\n1;2;3;4;5;6\n", 400, "first line" },
        { "no type", "/score", null, "[1,2,3,4,5,6]", 415, "no Content-Type" },
        { "what forms send", "/score", "application/x-www-form-urlencoded", "[1,2,3,4,5,6]", 415, "application/json" },
        { "another charset", "/score", "application/json; charset=utf-16", "[1,2,3,4,5,6]", 415, "UTF-8" },
        { "a picture for a table", "/score", "image/png", "x", 415, "no pictures" },
        { "a code as CSV", "/decode", Csv, "1,2,3", 415, "application/json" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_that_is_wrong_is_answered_with_the_reason(
        string what, string path, string? type, string body, int status, string reason)
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        using HttpResponseMessage answer = await service.Post(path, type, Encoding.Latin1.GetBytes(body));
        Assert.True(status == (int)answer.StatusCode, what);
        await RequireProblem(answer, reason);
        await RequireAlive(service);
    }

    [Fact]
    public async Task The_row_and_the_column_stand_in_members_of_their_own()
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        using HttpResponseMessage answer = await service.Post("/score", "[[1,2,3,4,5,6],[1,2,\"x\",4,5,6]]");
        JsonElement problem = await RequireProblem(answer, "row 2: the column heat");
        Assert.Equal(2, problem.GetProperty("row").GetInt32());
        Assert.Equal("heat", problem.GetProperty("column").GetString());
    }

    [Theory]
    [InlineData("GET", "/score", 405, "takes POST")]
    [InlineData("PUT", "/explain", 405, "takes POST")]
    [InlineData("DELETE", "/decode", 405, "takes POST")]
    [InlineData("POST", "/metrics", 405, "takes GET")]
    [InlineData("POST", "/scores", 404, "/scores")]
    [InlineData("GET", "/", 404, "/openapi.json")]
    [InlineData("GET", "/../../etc/passwd", 404, "/etc/passwd")]
    public async Task A_wrong_method_or_path_is_answered_with_the_right_ones(string method, string path, int status, string reason)
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage answer = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        await RequireProblem(answer, reason);
        await RequireAlive(service);
    }

    [Fact]
    public async Task A_picture_that_is_none_or_has_another_size_is_refused()
    {
        await using Service service = await Service.Start(Detectors.Pictures);
        byte[] png = AnswerTests.PngOf(Detectors.Picture(1), Detectors.Height, Detectors.Width);
        (byte[] Body, string Reason)[] bodies =
        [
            ([], "empty"),
            ("GIF89a no"u8.ToArray(), "no PNG"),
            (png[..20], "PNG"),
            (png[..^30], "damaged"),
            (AnswerTests.PngOf(Detectors.Picture(1), Detectors.Width, Detectors.Height), "5×6"),
            (AnswerTests.PngOf(new byte[100 * 80], 100, 80), "100×80"),
        ];
        foreach ((byte[] body, string reason) in bodies)
        {
            using HttpResponseMessage answer = await service.Post("/score", "image/png", body);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            await RequireProblem(answer, reason == "PNG" || reason == "damaged" ? "" : reason);
        }
        // No body at all is as empty as one of no bytes; a list of too few pixels says how many are needed.
        using HttpResponseMessage list = await service.Post("/score", "[0,1]");
        await RequireProblem(list, "30 columns");
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_whether_or_not_it_says_so()
    {
        await using Service service = await Service.Start(Detectors.Numbers, options => options.MaxBodyBytes = 1000);
        byte[] large = Encoding.ASCII.GetBytes($"[{string.Join(',', Enumerable.Repeat("[1,2,3,4,5,6]", 1000))}]");
        using HttpResponseMessage told = await service.Post("/score", Json, large);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, told.StatusCode);
        await RequireProblem(told, "1000 bytes");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/score") { Content = new ByteArrayContent(large) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(Json);
        request.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage untold = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, untold.StatusCode);
        await RequireProblem(untold, "1000 bytes");
        await RequireAlive(service);
    }

    [Theory]
    [InlineData(Json)]
    [InlineData(Csv)]
    public async Task Too_many_rows_are_refused_and_as_many_as_may_be_are_not(string type)
    {
        await using Service service = await Service.Start(Detectors.Numbers, options => options.MaxRows = 10);
        byte[] Body(int rows) => Encoding.ASCII.GetBytes(type == Json
            ? $"[{string.Join(',', Enumerable.Repeat("[1,2,3,4,5,6]", rows))}]"
            : Names + "\n" + string.Concat(Enumerable.Repeat("1,2,3,4,5,6\n", rows)));
        Assert.Equal(10, (await service.Ask("/score", type, Body(10))).GetArrayLength());
        using HttpResponseMessage answer = await service.Post("/score", type, Body(11));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        await RequireProblem(answer, "more than 10 rows");
    }

    [Fact]
    public async Task A_compressed_body_is_refused()
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        using var content = new ByteArrayContent([31, 139, 8, 0]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(Json);
        content.Headers.ContentEncoding.Add("gzip");
        using HttpResponseMessage answer = await service.Client.PostAsync(
            new Uri("/score", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        await RequireProblem(answer, "gzip");
    }

    [Fact]
    public async Task Words_that_nobody_knows_are_scored_and_wrong_kinds_refused()
    {
        await using Service service = await Service.Start(Detectors.Words);
        using HttpResponseMessage list = await service.Post("/score", "[1.5, true]");
        await RequireProblem(list, "mode takes a word");
        using HttpResponseMessage text = await service.Post("/score", "{\"heat\":\"eco\",\"mode\":\"eco\"}");
        await RequireProblem(text, "heat takes a number");
        JsonElement unknown = await service.Ask("/score", "{\"heat\":1.5,\"mode\":\"turbo\"}");
        Assert.Equal(
            Detectors.Words.Score(new Dictionary<string, GpuVae.Detection.ColumnValue> { ["heat"] = 1.5, ["mode"] = "turbo" }),
            unknown.GetProperty("score").ValueKind == JsonValueKind.Null ? double.PositiveInfinity : unknown.GetProperty("score").GetDouble());
    }

    /// <summary>The answer says why, in a problem document, and nothing of the program's inside.</summary>
    internal static async Task<JsonElement> RequireProblem(HttpResponseMessage answer, string reason)
    {
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.InRange((int)answer.StatusCode, 400, 499);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        JsonElement problem = JsonElement.Parse(text);
        Assert.Equal((int)answer.StatusCode, problem.GetProperty("status").GetInt32());
        string detail = problem.GetProperty("detail").GetString()!;
        Assert.Contains(reason, detail, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
        return problem;
    }

    private static async Task RequireAlive(Service service)
    {
        JsonElement answer = await service.Ask("/score", "[1,2,3,4,5,6]");
        Assert.Equal(Detectors.Numbers.Score([1.0, 2, 3, 4, 5, 6]), answer.GetProperty("score").GetDouble());
    }
}
